import type { Gap } from './channel.ts'

/**
 * The number of channels whose losses are counted separately: the names must not fill the memory when nobody reads
 * them.
 */
const MOST_CHANNELS = 1_000

/** The losses at one place of a feed, summed up for each channel. */
export class Losses {
  readonly #gaps = new Map<string | undefined, Gap>()

  /** Without a channel: the sum for channels beyond that number. */
  add(channel: string | undefined, gap: Gap): void {
    const known = this.#gaps.get(channel)
    if (known !== undefined) this.#gaps.set(channel, joined(known, gap))
    else if (channel === undefined || this.#gaps.size < MOST_CHANNELS) this.#gaps.set(channel, gap)
    else this.add(undefined, gap)
  }

  /** Adds the losses of `later`, which happened after these. */
  addAll(later: Losses): void {
    for (const [channel, gap] of later.#gaps) this.add(channel, gap)
  }

  [Symbol.iterator](): IterableIterator<[string | undefined, Gap]> {
    return this.#gaps.entries()
  }
}

function joined(first: Gap, second: Gap): Gap {
  const size = first.size === undefined || second.size === undefined ? undefined : first.size + second.size
  return { size, cause: first.cause === second.cause ? first.cause : 'transport' }
}
