import type { Services } from '../services/services.ts'
import type { ClaimedTask } from '../ports/queue-driver.ts'
import type { Admission } from './admission.ts'
import type { Buffer } from './buffer.ts'
import type { Held } from './held.ts'
import type { Isolation } from './isolation.ts'
import type { LeaseKeeper } from './lease-keeper.ts'
import type { Settler } from './settler.ts'
import type { Tally } from './tally.ts'

export interface IntakeParts {
  readonly services: Services
  readonly leaseMs: number
  readonly buffer: Buffer
  readonly keeper: LeaseKeeper
  readonly isolation: Isolation
  readonly admission: Admission
  readonly settler: Settler
  readonly tally: Tally
  /** Something waits in the buffer, or to be settled. */
  readonly onChange: () => void
}

/**
 * While turns overlap there is always one under way, so this is a bound: the newest cancellations are known. A task whose own was
 * forgotten ends when its lease is next prolonged.
 */
const MOST_EARLY = 10_000

/** What the worker was given and has not started: it is buffered, or given back uncharged. */
export class Intake {
  readonly #parts: IntakeParts
  #quiet = false
  /** Turns up to this number may have claimed before the queue was paused. */
  #pausedUpTo = 0
  /** Leases whose cancellation overtook the reply with their task. */
  readonly #cancelledEarly = new Set<string>()

  constructor(parts: IntakeParts) {
    this.#parts = parts
  }

  /** The tasks of a turn, by its number, that was first sent at `sentAt`. */
  take(turn: number, claimed: readonly ClaimedTask[], sentAt: number): void {
    const { admission, keeper, leaseMs, services } = this.#parts
    // The leases run since the turn was first sent: after an outage they may be nearly over, or have gone to others.
    const ageMs = services.clock.now() - sentAt
    const toRun: Held[] = []
    for (const task of claimed) {
      if (this.#cancelledEarly.has(task.lease)) continue
      const held = admission.admit(task, sentAt, this.#quiet)
      if (held !== undefined) toRun.push(held)
    }
    const extended = claimed.length > 0 && ageMs > leaseMs / 6 ? keeper.extendAll() : undefined
    if (extended && ageMs > leaseMs / 2) void extended.then(() => this.#queue(turn, toRun))
    else this.#queue(turn, toRun)
  }

  /** A task was cancelled that is not here yet. */
  cancelled(lease: string): void {
    const early = this.#cancelledEarly.add(lease)
    if (early.size <= MOST_EARLY) return
    const [oldest] = early
    early.delete(oldest!)
  }

  /** No turn is under way: all that was cancelled is known. */
  noneUnderWay(): void {
    this.#cancelledEarly.clear()
  }

  /** The queue was paused before the turn after this one. */
  pause(turn: number): void {
    this.#pausedUpTo = Math.max(this.#pausedUpTo, turn)
    this.#giveAllBack()
  }

  /** Nothing is started any more. */
  close(): void {
    this.#quiet = true
    this.#giveAllBack()
  }

  releaseBuffer(): void {
    for (const held of this.#parts.buffer.clear()) this.release(held)
  }

  release(held: Held): void {
    if (held.gone) return
    const { settler, tally, onChange } = this.#parts
    if (this.#quiet) tally.released++
    settler.add({ kind: 'release', lease: held.task.lease })
    onChange()
  }

  #giveAllBack(): void {
    this.releaseBuffer()
    for (const held of this.#parts.isolation.close()) this.release(held)
  }

  #queue(turn: number, toRun: readonly Held[]): void {
    const now = this.#parts.services.clock.now()
    for (const held of toRun) {
      if (this.#quiet || turn <= this.#pausedUpTo) this.release(held)
      else if (!held.gone) {
        held.bufferedAt = now
        this.#parts.buffer.push(held)
      }
    }
    this.#parts.onChange()
  }
}
