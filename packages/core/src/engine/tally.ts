import type { Settlement } from '../ports/queue-driver.ts'

/** What a worker has done so far. */
export class Tally {
  #completed = 0
  #failed = 0
  #retried = 0
  #buried = 0
  #stale = 0
  #released = 0

  get completed(): number {
    return this.#completed
  }

  get failed(): number {
    return this.#failed
  }

  get retried(): number {
    return this.#retried
  }

  get buried(): number {
    return this.#buried
  }

  get stale(): number {
    return this.#stale
  }

  get released(): number {
    return this.#released
  }

  /** A run ended so. */
  ran(settlement: Settlement): void {
    if (settlement.kind === 'complete') this.#completed++
    if (settlement.kind === 'bury') this.#buried++
    if (settlement.kind === 'retry') this.#retried++
    if (settlement.kind === 'bury' || (settlement.kind === 'retry' && settlement.charge)) this.#failed++
  }

  /** A task ended so without being run. */
  endedUnrun(settlement: Settlement): void {
    if (settlement.kind === 'bury') this.#buried++
  }

  /** A task was released without being started. */
  gaveBack(): void {
    this.#released++
  }

  /** Settlements were refused as stale. */
  wereStale(count: number): void {
    this.#stale += count
  }
}
