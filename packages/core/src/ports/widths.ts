import { MqError } from '../errors.ts'

/**
 * How many partitions queues have. While a queue has some, every verb of `Storage.queue(name)` without a partition is
 * refused as `partitionsDiffer`, and so is every other number. Laws: each call is atomic, and may be repeated.
 */
export interface Widths {
  /**
   * Decides that a queue has `wanted` partitions (2–64), where nothing is known of a queue of this name. Returns what
   * is decided; 1: it is there, and has none.
   */
  claim(queue: string, wanted: number): Promise<number>
  /** What is decided; 1: nothing, or that it has none. Decides nothing. */
  of(queue: string): Promise<number>
  /**
   * All partitions were obliterated. Unless somebody claims the same number again within `WIDTH_KEPT_MS`, nothing is
   * decided after that.
   */
  release(queue: string): Promise<void>
}

/** The most partitions. */
export const MAX_PARTITIONS = 64
/** How long the number of partitions of a queue outlasts it, ms: whoever has it from before claims it more often. */
export const WIDTH_KEPT_MS = 60_000

/** `has`: 1 for none. */
export function partitionsDiffer(queue: string, has: number, wanted: number): MqError {
  const words = (count: number): string => (count === 1 ? 'no partitions' : `${count} partitions`)
  return new MqError(
    'partitions-differ',
    `queue ${queue} has ${words(has)}, and was used with ${words(wanted)}: nothing was done`,
    { details: { queue, partitions: has, wanted } },
  )
}
