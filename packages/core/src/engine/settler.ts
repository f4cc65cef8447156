import { MAX_BATCH, MAX_BATCH_BYTES } from '../ports/limits.ts'
import type { Settlement } from '../ports/queue-driver.ts'

/**
 * Collects settlements until a turn takes them. A turn that is refused returns its settlements, so none is ever
 * dropped.
 */
export class Settler {
  #waiting: Settlement[] = []
  #bytes = 0
  #unconfirmed = 0

  /** Waiting for a turn. */
  get size(): number {
    return this.#waiting.length
  }

  /** No settlement waits, and all that were sent are confirmed. */
  get settled(): boolean {
    return this.#waiting.length === 0 && this.#unconfirmed === 0
  }

  add(settlement: Settlement): void {
    this.#waiting.push(settlement)
    this.#bytes += bytesOf(settlement)
  }

  /**
   * Adds it, or what `before` says instead, and calls back, when `before`, which never rejects, resolves; until then it
   * counts as not confirmed.
   */
  addAfter(before: Promise<Settlement | void>, settlement: Settlement, added: () => void): void {
    this.#unconfirmed++
    void before.then((instead) => {
      this.#unconfirmed--
      this.add(instead ?? settlement)
      added()
    })
  }

  /** As many as one turn may carry, oldest first. */
  take(): readonly Settlement[] {
    const all = this.#waiting
    let count = all.length
    if (count > MAX_BATCH || this.#bytes > MAX_BATCH_BYTES) count = fitting(all)
    if (count === all.length) {
      this.#waiting = []
      this.#bytes = 0
      this.#unconfirmed += count
      return all
    }
    const taken = all.splice(0, count)
    for (const settlement of taken) this.#bytes -= bytesOf(settlement)
    this.#unconfirmed += count
    return taken
  }

  confirmed(settlements: readonly Settlement[]): void {
    this.#unconfirmed -= settlements.length
  }

  /** They were certainly not applied. */
  giveBack(settlements: readonly Settlement[]): void {
    this.#unconfirmed -= settlements.length
    this.#waiting = [...settlements, ...this.#waiting]
    for (const settlement of settlements) this.#bytes += bytesOf(settlement)
  }
}

function bytesOf(settlement: Settlement): number {
  if (settlement.kind === 'complete') return (settlement.result?.length ?? 0) + (settlement.next?.length ?? 0)
  if (settlement.kind === 'retry') return settlement.error?.length ?? 0
  return settlement.kind === 'bury' ? settlement.detail.length : 0
}

/** At least one: a result is never larger than a turn. */
function fitting(settlements: readonly Settlement[]): number {
  const most = Math.min(settlements.length, MAX_BATCH)
  let bytes = 0
  for (let count = 0; count < most; count++) {
    bytes += bytesOf(settlements[count]!)
    if (count > 0 && bytes > MAX_BATCH_BYTES) return count
  }
  return most
}
