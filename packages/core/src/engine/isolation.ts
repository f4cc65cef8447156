import type { Services } from '../services/services.ts'
import type { Timer } from '../clock.ts'
import type { Buffer } from './buffer.ts'
import type { Claimer } from './claimer.ts'
import type { Executor } from './executor.ts'
import type { Held } from './held.ts'
import type { Lanes } from './lanes.ts'
import type { Returns } from './returns.ts'
import type { Settler } from './settler.ts'
import type { Slots } from './slots.ts'
import type { Ticker } from './ticker.ts'
import { isMarked } from './suspect-mark.ts'

export interface IsolationParts {
  readonly services: Pick<Services, 'clock' | 'random'>
  readonly buffer: Buffer
  readonly claimer: Claimer
  readonly executor: Executor
  readonly lanes: Lanes
  readonly returns: Returns
  readonly settler: Settler
  readonly slots: Slots
  readonly ticker: Ticker
}

interface Asked {
  readonly want: number
  readonly suspectFrom: number | undefined
}

/** No worker stops claiming at once: most become empty soon by themselves, and not all of them at the same time. */
const FIRST_WAIT_MS = 1_000
/** How long a worker claims nothing in order to become empty; twice as long each time that this was too short. */
const FIRST_DRAIN_MS = 250
const MOST_DRAIN_MS = 3_600_000
/** Other tasks run for this many times as long before the next try. */
const WORK_PER_DRAIN = 10

/**
 * Keeps suspects apart: a task whose lease was lost twice may be killing its process, and its neighbours would be
 * charged with its crashes. It starts when nothing else is held, and nothing else is claimed while it runs. Tasks that
 * wait beside suspects still run: a worker claims a suspect when it has nothing else to do, and stops claiming for it
 * only for a small share of its time.
 *
 * When one did no harm and more wait, twice as many are started together, up to all slots: they may be the tasks that a
 * killed worker held. If the worker dies, suspects that ran together are not charged with the crash but marked, and a
 * marked one runs alone. So no task is buried for what another one did, and a task that kills its process ends at most
 * one worker more.
 */
export class Isolation {
  readonly #parts: IsolationParts
  #suspects: Held[] = []
  #started = false
  /** So many may be started together. */
  #most = 1
  #startedAt = 0
  /** The last claim left some. */
  #areAbout = false
  /** The last claim brought others' work. */
  #others = false
  #looking = false
  #drainingSince: number | undefined
  #drainMs = FIRST_DRAIN_MS
  #drainAt = 0
  #timer: Timer | undefined

  constructor(parts: IsolationParts) {
    this.#parts = parts
  }

  /** The claim under way may return a suspect: the worker holds nothing. */
  get looking(): boolean {
    return this.#looking
  }

  /** Whether a suspect runs, or the worker becomes empty for one. */
  get claimsNothing(): boolean {
    return this.#suspects.length > 0 || this.#drainingSince !== undefined
  }

  /** How many may be claimed now. */
  want(): number {
    if (this.#suspects.length > 0) return this.#wantBeside()
    const { claimer } = this.#parts
    // A reply may report suspects when nothing is claimed any more.
    if (!this.#areAbout || claimer.closed) return claimer.want
    if (this.#drainingSince === undefined && this.#now() >= this.#drainAt) this.#drain()
    const isDraining = this.#drainingSince !== undefined
    if ((isDraining || !this.#others) && this.#isEmpty) return this.#look()
    return isDraining ? 0 : claimer.want
  }

  /** A turn that asked for `wanted` was answered; `left`: suspects wait that it could not be given. */
  answered({ want: wanted, suspectFrom }: Asked, brought: number, left: boolean): void {
    const { services } = this.#parts
    if (wanted === 0) {
      // Another worker took the last one.
      if (this.#drainingSince !== undefined && suspectFrom !== undefined && !left) {
        this.#areAbout = false
        this.#endDrain()
        this.#wake()
      }
      return
    }
    if (left && !this.#areAbout)
      this.#drainAt = Math.max(this.#drainAt, this.#now() + services.random() * FIRST_WAIT_MS)
    this.#areAbout = left
    if (suspectFrom !== undefined && !left) this.#most = 1
    // After one suspect others come first.
    this.#others = this.#looking || brought > 0
    this.#looking = false
    if (!left) this.#endDrain()
  }

  /** A turn that asked for `wanted` was refused: it claimed nothing. */
  refused({ want: wanted }: Asked): void {
    if (wanted > 0) this.#looking = false
  }

  /**
   * Returns false when the worker is not empty: release this suspect, and claim it (or another) when the worker is. If
   * it waited here for the other tasks to end, it would run later than elsewhere. `held`: the number of tasks held,
   * including this one.
   */
  admit(suspect: Held, held: number): boolean {
    const [first] = this.#suspects
    if (this.#started || this.#isBusy || held !== this.#suspects.length + 1) return false
    if (first !== undefined && (held > this.#most || isMarked(first) || isMarked(suspect))) return false
    this.#suspects.push(suspect)
    return true
  }

  /** Nothing is claimed any more. Returns the suspects that have not started, so that they are released. */
  close(): readonly Held[] {
    this.#endDrain()
    this.#areAbout = false
    if (this.#started) return []
    const suspects = this.#suspects
    this.#suspects = []
    return suspects
  }

  #wantBeside(): number {
    const { claimer, returns, slots } = this.#parts
    if (!this.#started) {
      returns.releaseBuffer()
      if (!this.#isEmpty) return 0
      this.#startedAt = this.#now()
      if (this.#startAll()) return 0
    } else if (this.#isBusy) return 0
    const [first, second] = this.#suspects
    const wasMarked = second === undefined && isMarked(first!)
    this.#suspects = []
    this.#started = false
    this.#most = wasMarked ? 1 : Math.min(2 * this.#most, slots.capacity)
    // Other tasks waited for it: they get at least as much time before the next one.
    const now = this.#now()
    this.#drainAt = Math.max(this.#drainAt, now + now - this.#startedAt)
    return claimer.want
  }

  /** False when there is none left. */
  #startAll(): boolean {
    this.#started = true
    const there = this.#suspects.filter(({ gone }) => !gone)
    this.#parts.executor.startSuspects(there)
    return there.length > 0
  }

  #look(): number {
    const spentMs = this.#drainingSince === undefined ? 0 : this.#now() - this.#drainingSince
    this.#drainAt = this.#now() + WORK_PER_DRAIN * spentMs
    this.#endDrain()
    this.#wake()
    const some = Math.min(this.#parts.claimer.want, this.#most)
    this.#looking = some > 0
    return some
  }

  #drain(): void {
    const { services, returns } = this.#parts
    this.#drainingSince = this.#now()
    this.#timer = services.clock.schedule(() => this.#giveUp(), this.#drainMs)
    returns.releaseBuffer()
  }

  /** The running handlers take longer: other tasks run meanwhile. */
  #giveUp(): void {
    this.#drainAt = this.#now() + WORK_PER_DRAIN * this.#drainMs
    this.#drainMs = Math.min(2 * this.#drainMs, MOST_DRAIN_MS)
    this.#endDrain()
    this.#wake()
  }

  #endDrain(): void {
    this.#drainingSince = undefined
    this.#timer?.cancel()
  }

  /** A handler runs. */
  get #isBusy(): boolean {
    return this.#parts.slots.active > 0
  }

  /** Nothing is held, runs, or is to be settled, and no turn is under way. */
  get #isEmpty(): boolean {
    const { buffer, lanes, settler } = this.#parts
    return !this.#isBusy && buffer.size === 0 && settler.settled && lanes.idle
  }

  /** Wakes the worker, so that it claims. */
  #wake(): void {
    this.#parts.claimer.wake()
    this.#parts.ticker.kick()
  }

  #now(): number {
    return this.#parts.services.clock.now()
  }
}
