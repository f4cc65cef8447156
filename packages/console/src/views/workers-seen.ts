import type { Broker, Clock, WorkerEntry } from '@mq/core'
import { Absences } from './absences.ts'
import { isAlive } from './is-alive.ts'

/** One look serves all who ask within this time. */
const FRESH_MS = 500

/** The workers of all processes, and which of them are there, from look to look. */
export class WorkersSeen {
  readonly #broker: Broker
  readonly #clock: Clock
  readonly #absences = new Absences()
  #last: { readonly entries: Promise<readonly WorkerEntry[]>; readonly atMs: number } | undefined

  constructor(broker: Broker, clock: Clock) {
    this.#broker = broker
    this.#clock = clock
  }

  async list(): Promise<readonly WorkerEntry[]> {
    const now = this.#clock.now()
    if (this.#last !== undefined && now - this.#last.atMs < FRESH_MS) return this.#last.entries
    const entries = this.#broker.workers()
    this.#last = { entries, atMs: now }
    entries.then(
      (listed) => this.#absences.note(listed, now),
      () => (this.#last = undefined), // those who asked get the error
    )
    return entries
  }

  /** `now`: the storage's time. */
  isAlive(worker: WorkerEntry, now: number): boolean {
    return isAlive(worker, now) && !this.isGone(worker)
  }

  /** By its connection, where the storage knows that. */
  isGone(worker: WorkerEntry): boolean {
    return this.#absences.isGone(worker)
  }

  /** Nobody has a connection while the storage is away. */
  forget(): void {
    this.#absences.forget()
  }
}
