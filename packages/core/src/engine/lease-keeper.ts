import type { Services } from '../services/services.ts'
import type { Timer } from '../clock.ts'
import { MAX_BATCH } from '../ports/limits.ts'
import { MqError, toError } from '../errors.ts'
import type { LeaseState, QueueDriver } from '../ports/queue-driver.ts'
import type { Executor } from './executor.ts'
import type { Held } from './held.ts'

const RETRY_MS = 250

export interface LeaseKeeperParts {
  readonly queue: string
  readonly driver: Pick<QueueDriver, 'extend'>
  readonly services: Services
  readonly leaseMs: number
  readonly executor: Pick<Executor, 'drop'>
}

/**
 * Prolongs every lease this worker holds, running or buffered, at a third of its time. The map is in order of
 * `extendAt` (prolonging moves to the end), so only those that are due are ever looked at.
 */
export class LeaseKeeper {
  readonly #parts: LeaseKeeperParts
  readonly #held = new Map<string, Held>()
  /** Those whose first time is shorter, also in order, until they are prolonged. */
  readonly #short = new Map<string, Held>()
  #timer: Timer | undefined
  #extending: Promise<void> | undefined
  #closed = false
  /** Some are held that the timer does not know of. */
  #unwatched = false

  constructor(parts: LeaseKeeperParts) {
    this.#parts = parts
  }

  get size(): number {
    return this.#held.size + this.#short.size
  }

  /**
   * `claimedAt`: this process' clock *before* the claim was sent, since the lease may run from then. `leaseMs`: how
   * long it lasts, where that is less than usual. It is prolonged once `watch` was called.
   */
  hold(held: Held, claimedAt: number, leaseMs: number = this.#parts.leaseMs): void {
    const isShort = leaseMs < this.#parts.leaseMs
    held.extendAt = claimedAt + leaseMs / 3
    const all = isShort ? this.#short : this.#held
    all.set(held.task.lease, held)
    this.#unwatched ||= isShort || this.#timer === undefined
  }

  /** On its own, because a task that starts at once does not wait for a timer. */
  watch(): void {
    if (this.#unwatched) this.#arm()
  }

  get(lease: string): Held | undefined {
    return this.#held.get(lease) ?? this.#short.get(lease)
  }

  release(lease: string): void {
    this.#held.delete(lease)
    this.#short.delete(lease)
  }

  close(): void {
    this.#closed = true
    this.#timer?.cancel()
    this.#held.clear()
    this.#short.clear()
  }

  /** Prolongs all of them, now: after an outage, before any claim. Never throws; a failed call is repeated. */
  async extendAll(): Promise<void> {
    await this.#extending
    this.#extending = this.#extend([...this.#short.values(), ...this.#held.values()]).then(() => this.#arm())
    await this.#extending
  }

  /** There is only one timer, although `extendAll` and the timer's own call may be under way at the same time. */
  #arm(delayMs?: number): void {
    this.#timer?.cancel()
    this.#timer = undefined
    this.#unwatched = false
    if (this.#closed) return
    const next = this.#held.values().next().value
    const short = this.#short.values().next().value
    const extendAt = Math.min(next?.extendAt ?? Number.POSITIVE_INFINITY, short?.extendAt ?? Number.POSITIVE_INFINITY)
    if (extendAt === Number.POSITIVE_INFINITY) return
    const wait = delayMs ?? Math.max(0, extendAt - this.#parts.services.clock.now())
    this.#timer = this.#parts.services.clock.schedule(() => this.#onTimer(), wait)
  }

  #onTimer(): void {
    const soon = this.#parts.services.clock.now() + this.#parts.leaseMs / 12
    const due: Held[] = []
    for (const some of [this.#short, this.#held]) {
      for (const held of some.values()) {
        if (held.extendAt > soon) break
        due.push(held)
      }
    }
    if (due.length === 0) return this.#arm()
    this.#extending = this.#extend(due).then((known) => this.#arm(known ? undefined : RETRY_MS))
  }

  async #extend(all: readonly Held[]): Promise<boolean> {
    try {
      for (let i = 0; i < all.length; i += MAX_BATCH) {
        const batch = all.slice(i, i + MAX_BATCH)
        const sentAt = this.#parts.services.clock.now()
        const states = await this.#parts.driver.extend(
          batch.map((held) => held.task.lease),
          this.#parts.leaseMs,
        )
        batch.forEach((held, k) => this.#learn(held, states[k]!, sentAt))
      }
      return true
    } catch (thrown) {
      // The adapter reports an outage itself; any other error is reported here.
      if (!MqError.is(thrown, 'unavailable') && !this.#closed) this.#parts.services.onError(toError(thrown))
      return false
    }
  }

  #learn(held: Held, state: LeaseState, sentAt: number): void {
    const { lease } = held.task
    if (this.get(lease) !== held) return
    this.release(lease)
    if (state === 'held') {
      held.extendAt = sentAt + this.#parts.leaseMs / 3
      this.#held.set(lease, held)
    } else this.#lost(held, state)
  }

  #lost(held: Held, state: Exclude<LeaseState, 'held'>): void {
    // Its settlement may have been committed already, and only the reply is late: the next one shows it.
    if (held.execution?.over) return
    const { executor, queue, services } = this.#parts
    if (state === 'cancelled') return executor.drop(held, 'task-cancelled', 'the task was cancelled')
    services.logger.warn({ queue, n: held.task.n }, 'a lease was lost; another worker may run the task')
    executor.drop(held, 'lease-lost', 'the lease was lost: the task may run elsewhere')
  }
}
