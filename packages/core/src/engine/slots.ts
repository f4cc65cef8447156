import type { Services } from '../services/services.ts'
import type { WatchedWorker } from '../services/self-waits.ts'
import { endRun, join, leave } from '../handler/unreturned.ts'
import type { Crew } from '../handler/unreturned.ts'
import { AHEAD_MS } from './ahead.ts'
import type { Execution } from './execution.ts'

export interface SlotsParts {
  readonly queue: string
  /** At first. */
  readonly concurrency: number
  /** The most tasks of one slot. */
  readonly size: number
  readonly services: Services
}

/**
 * The running handlers, at most `concurrency`; the tasks of a batch share a slot. One that ignored its abort does not
 * count any more.
 */
export class Slots implements Crew, WatchedWorker {
  readonly #parts: SlotsParts
  /** Lowered, it ends no handler that runs. */
  concurrency: number
  /** In the order in which they began. */
  readonly #running = new Set<Execution>()
  /** Of them, those in a slot that another one takes. */
  #sharing = 0
  #moves = 0
  #longRunning = 0
  #countedAt = Number.NEGATIVE_INFINITY
  #onIdle: (() => void)[] = []

  constructor(parts: SlotsParts) {
    this.#parts = parts
    this.concurrency = parts.concurrency
    join(this)
    parts.services.selfWaits.add(this)
  }

  get size(): number {
    return this.#parts.size
  }

  get queue(): string {
    return this.#parts.queue
  }

  get services(): Services {
    return this.#parts.services
  }

  /** Tasks whose handlers count as running. */
  get active(): number {
    return this.#running.size
  }

  get taken(): number {
    return this.#running.size - this.#sharing
  }

  get hasFree(): boolean {
    return this.taken < this.concurrency
  }

  /** The most tasks of all slots together. */
  get capacity(): number {
    return this.concurrency * this.#parts.size
  }

  /** Of `capacity`, what the taken slots are: also those that are not full, since none joins a batch that runs. */
  get occupied(): number {
    return this.taken * this.#parts.size
  }

  get running(): Iterable<Execution> {
    return this.#running
  }

  /** Changes with each handler that begins or ends. */
  get moves(): number {
    return this.#moves
  }

  get oldestRun(): number | undefined {
    for (const { run } of this.#running) return run
    return undefined
  }

  /** Handlers that run for longer than the tasks held ahead should last: their slots do not become free soon. */
  longRunning(now: number): number {
    if (this.#running.size === 0) return 0
    if (now - this.#countedAt < AHEAD_MS / 2) return Math.min(this.#longRunning, this.#running.size)
    this.#countedAt = now
    this.#longRunning = 0
    for (const { startedAt } of this.#running) {
      if (now - startedAt <= AHEAD_MS) break
      this.#longRunning++
    }
    return this.#longRunning
  }

  occupy(execution: Execution): void {
    this.#running.add(execution)
    if (execution.batch !== undefined && execution.batch.open++ > 0) this.#sharing++
    this.#moves++
  }

  free(execution: Execution): void {
    this.#running.delete(execution)
    if (execution.batch !== undefined && --execution.batch.open > 0) this.#sharing--
    this.#moves++
    endRun()
    if (this.#onIdle.length > 0 && this.#running.size === 0) for (const wake of this.#onIdle.splice(0)) wake()
  }

  /** Resolves when no handler counts as running. */
  async idle(): Promise<void> {
    while (this.#running.size > 0) await new Promise<void>((resolve) => this.#onIdle.push(resolve))
  }

  /** No handler will be started any more. */
  close(): void {
    leave(this)
    this.#parts.services.selfWaits.remove(this)
  }
}
