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
   * All `had` partitions were obliterated. Unless somebody claims the same number again within `WIDTH_KEPT_MS`, nothing
   * is decided after that, and no mark is left. Where another number is decided nothing is done.
   */
  release(queue: string, had: number): Promise<void>
  /**
   * Notes that there may be something to find in these partitions, and answers what was noted of all within the last
   * hour. A mark lasts for `forMs` from now, or as long as an earlier one. Where the queue has another number than
   * `of`, nothing is noted.
   */
  mark(queue: string, of: number, marks: readonly Mark[]): Promise<Marks>
}

export interface Mark {
  readonly index: number
  readonly forMs: number
}

export interface Marks {
  /** What is decided; 1: nothing, or that it has none. */
  readonly partitions: number
  /** It was released, and nobody claimed it since. */
  readonly released: boolean
  /** `agoMs`: when it was last marked; `leftMs`: how long its mark lasts, 0 where it is over. */
  readonly marks: readonly { readonly index: number; readonly agoMs: number; readonly leftMs: number }[]
}

/** How long it is known that a mark was there, ms. */
export const MARK_KEPT_MS = 3_600_000

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
