import type { Services } from '../services/services.ts'
import type { Timer } from '../clock.ts'
import { MAX_BATCH, MAX_BATCH_BYTES } from '../ports/limits.ts'
import type { ClaimedTask } from '../ports/claimed-task.ts'
import type { TurnReply } from '../ports/queue-driver.ts'
import type { Buffer } from './buffer.ts'
import type { Listening } from './listening.ts'
import type { Pace } from './pace.ts'
import type { Slots } from './slots.ts'
import type { Ticker } from './ticker.ts'

/**
 * Hints may be lost, so a worker without work looks after 1–2 s, then after ever longer pauses; without a way for
 * hints, every 250 ms.
 */
const POLL_MS = 1_000
const BLIND_POLL_MS = 250
/** The longest pause, unless many sleep in this process. */
const MOST_POLL_MS = 15_000
/** Also of the lease: those who look may not take the silence since another worker was lost for an outage. */
const OF_LEASE = 0.45

/**
 * Redis sends 64 KiB of a reply; the rest waits until it has executed the call that came meanwhile. The replies of two
 * turns then arrive together, and the worker was idle until then: it handled 0.7 times as many tasks.
 */
const MOST_REPLY_BYTES = 62_000
/** Of each task in a reply, beside its record. */
const TASK_OVERHEAD_BYTES = 40
/** Of fewer, a turn would cost more than it saves waiting. */
const LEAST_PORTION = 64

export interface ClaimerParts {
  readonly leaseMs: number
  /** The longest pause, ms. */
  readonly lookWithinMs?: number | undefined
  readonly services: Services
  readonly buffer: Buffer
  readonly pace: Pace
  readonly listening: Listening
  readonly slots: Slots
  readonly ticker: Ticker
}

/** Decides how many tasks to ask for, and when to look again where there were none. */
export class Claimer {
  readonly #parts: ClaimerParts
  #requested = 0
  /** The last claim got all it wanted: there may be more, and a second claim may be under way beside the first. */
  #plenty = false
  #asleep = false
  /** A hint came while a claim was under way: its reply may be older than the hint. */
  #dirty = false
  #closed = false
  /** Where leases are limited: how many tasks may be held ahead. */
  #mostAhead = Number.POSITIVE_INFINITY
  /** It sleeps because of a limit, not because nothing waits. */
  #heldBack = false
  /** Of a task in the last reply that had some. */
  #bytesOfOne = 0
  /** Before the next look, ms, if no hint comes. */
  #pauseMs = POLL_MS
  #timer: Timer | undefined

  constructor(parts: ClaimerParts) {
    this.#parts = parts
  }

  /** How many the worker holds at the most. */
  get target(): number {
    const { pace, services, slots } = this.#parts
    if (this.#mostAhead === 0) return slots.capacity
    const now = services.clock.now()
    const ahead = pace.ahead(now, Math.max(0, slots.capacity - slots.longRunning(now)))
    return slots.capacity + Math.min(ahead, this.#mostAhead)
  }

  /** As many as a reply holds that comes in one piece. */
  get portion(): number {
    return Math.max(LEAST_PORTION, Math.floor(MOST_REPLY_BYTES / (this.#bytesOfOne + TASK_OVERHEAD_BYTES)))
  }

  get want(): number {
    if (this.#closed || this.#asleep || (this.#requested > 0 && !this.#plenty)) return 0
    const { slots, buffer } = this.#parts
    if (buffer.bytes >= MAX_BATCH_BYTES) return 0
    const room = this.target - slots.occupied - buffer.size - this.#requested
    return Math.max(0, Math.min(room, this.portion, MAX_BATCH))
  }

  get maxBytes(): number {
    return Math.max(0, MAX_BATCH_BYTES - this.#parts.buffer.bytes)
  }

  get closed(): boolean {
    return this.#closed
  }

  asked(want: number): void {
    this.#requested += want
    if (want > 0) this.#dirty = false
  }

  answered(want: number, claimed: readonly ClaimedTask[], { nextDueInMs, leasesLeft, heldBack }: TurnReply): void {
    this.#requested -= want
    this.#mostAhead = this.#shareOf(leasesLeft)
    if (want === 0) return
    this.#heldBack = heldBack === true
    const got = claimed.length
    this.#plenty = got === want
    if (got > 0) {
      this.#bytesOfOne = bytesOf(claimed) / got
      this.#parts.pace.busy()
      // The rest is kept back: until then a claim would find nothing.
      if (heldBack && !this.#dirty) {
        this.#pauseMs = POLL_MS
        this.#sleep(nextDueInMs)
      } else this.wake()
    } else if (this.#dirty) this.#dirty = false
    else this.#sleep(nextDueInMs)
  }

  /** The claim was refused, nothing is known: look again after a while. */
  refused(want: number): void {
    this.#requested -= want
    this.#sleep(undefined)
  }

  /** A hint: there may be work. */
  wake(): void {
    this.#pauseMs = POLL_MS
    this.#dirty = true
    this.#look()
  }

  /** A task ends: a limit that kept others waiting may let one through. */
  ending(): void {
    if (this.#heldBack && this.#asleep) this.#rise()
  }

  /** A task came without being asked for. */
  received(): void {
    this.#pauseMs = POLL_MS
    // The reply of a claim that is under way may be older, and find nothing.
    this.#dirty = true
    this.#parts.pace.busy()
    // Its timer finds it awake: a task that came by itself does not wait for what that costs.
    this.#awake()
  }

  close(): void {
    this.#closed = true
    this.#rise()
  }

  /** After `close`. */
  reopen(): void {
    this.#closed = false
    this.wake()
  }

  /**
   * Each lease that is held ahead may be another worker's slot: no more than are left to the others, who find some at
   * once, and find most of them if this worker dies.
   */
  #shareOf(leasesLeft: number | undefined): number {
    if (leasesLeft === undefined) return Number.POSITIVE_INFINITY
    return leasesLeft === 0 ? 0 : Math.floor((this.#parts.buffer.size + leasesLeft) / 2)
  }

  #look(): void {
    if (!this.#asleep) return
    this.#rise()
    this.#parts.ticker.kick()
  }

  #rise(): void {
    this.#awake()
    this.#timer?.cancel()
  }

  #awake(): void {
    if (this.#asleep) this.#parts.services.sleepers.size--
    this.#asleep = false
  }

  #sleep(nextDueInMs: number | undefined): void {
    if (this.#closed) return
    const { clock, sleepers } = this.#parts.services
    this.#parts.pace.idle(clock.now())
    this.#rise()
    this.#asleep = true
    sleepers.size++
    const pollMs = this.#pollMs()
    this.#timer = clock.schedule(() => this.#look(), Math.min(pollMs, nextDueInMs ?? pollMs))
  }

  #pollMs(): number {
    const { services, listening, leaseMs, lookWithinMs = Number.POSITIVE_INFINITY } = this.#parts
    if (!listening.live) return Math.min(lookWithinMs, services.sleepers.pauseMs(BLIND_POLL_MS, 'blind'))
    const random = services.random()
    const mostMs = Math.max(2 * POLL_MS, Math.min(MOST_POLL_MS, OF_LEASE * leaseMs))
    const pollMs = Math.min(this.#pauseMs * (1 + random), mostMs * (0.8 + 0.2 * random))
    this.#pauseMs = Math.min(2 * this.#pauseMs, MOST_POLL_MS)
    return Math.min(lookWithinMs, services.sleepers.pauseMs(pollMs, 'live'))
  }
}

function bytesOf(tasks: readonly ClaimedTask[]): number {
  let bytes = 0
  for (const { header, payload } of tasks) bytes += header.length + payload.length
  return bytes
}
