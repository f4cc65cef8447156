import type { ChannelPosition, HistoryLimits } from '@mq/core/adapter'

export interface KeptMessage {
  readonly n: number
  /** When it was published, ms since 1970. */
  readonly at: number
  readonly body: string
  readonly bytes: number
}

/** The messages that a channel keeps, oldest first. Live items begin at `#head`; items before it were dropped. */
export class MessageLog {
  #messages: (KeptMessage | undefined)[] = []
  #head = 0
  #bytes = 0

  add(n: number, at: number, body: string): void {
    const bytes = Buffer.byteLength(body)
    this.#messages.push({ n, at, body, bytes })
    this.#bytes += bytes
  }

  /** The first one after number `n`. */
  after(n: number): KeptMessage | undefined {
    return this.#messages[this.#search((message) => message.n > n)]
  }

  /** The first one that was published at `at` or later. */
  since(at: number): KeptMessage | undefined {
    return this.#messages[this.#search((message) => message.at >= at)]
  }

  /**
   * Drops the messages beyond the limits, and beyond a multiple of them also those that groups which are behind still
   * need.
   */
  trim({ maxAgeMs, maxCount, maxBytes, unreadFactor }: HistoryLimits, readByAll: number, now: number): void {
    const isPast = (times: number, { at }: KeptMessage): boolean =>
      (maxCount !== undefined && this.#messages.length - this.#head > times * maxCount) ||
      (maxBytes !== undefined && this.#bytes > times * maxBytes) ||
      (maxAgeMs !== undefined && now - at >= times * maxAgeMs)
    let oldest: KeptMessage | undefined
    while ((oldest = this.#messages[this.#head])) {
      if (!isPast(oldest.n <= readByAll ? 1 : unreadFactor, oldest)) break
      // Otherwise its body would stay in memory until the array is cut.
      this.#messages[this.#head++] = undefined
      this.#bytes -= oldest.bytes
    }
    if (this.#head > 1_000 && 2 * this.#head > this.#messages.length) {
      this.#messages = this.#messages.slice(this.#head)
      this.#head = 0
    }
  }

  /** Numbers and times only increase, so the first match is found by binary search. */
  #search(fits: (message: KeptMessage) => boolean): number {
    let low = this.#head
    let high = this.#messages.length
    while (low < high) {
      const middle = (low + high) >> 1
      if (fits(this.#messages[middle]!)) high = middle
      else low = middle + 1
    }
    return low
  }
}

/** What a group delivers: "epoch n body". */
export function deliveryOf({ epoch, n }: ChannelPosition, body: string): string {
  return `${epoch} ${n} ${body}`
}
