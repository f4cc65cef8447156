import { MqError } from '../errors.ts'
import type { Layout } from './layout.ts'

/**
 * How queues are divided into partitions. While a queue is, every verb of `Storage.queue(name)` without a partition is
 * refused as `partitionsDiffer`. Laws: each call is atomic, and may be repeated.
 */
export interface Widths {
  /**
   * Decides how a queue is divided, where nothing is known of a queue of this name. Of `wanted` with revision 0 only
   * the number counts: it is decided as the first layout of this moment. Any other is known to be decided since less
   * than `WIDTH_KEPT_MS`, and takes the place of an earlier one. What was released holds again, if it is as wanted.
   * Returns what is decided; undefined: it is there, and has no partitions.
   */
  claim(queue: string, wanted: Layout): Promise<Layout | undefined>
  /**
   * What is decided, as far as any of the places say where it is kept; undefined: nothing, or that it has no
   * partitions. Decides nothing.
   */
  of(queue: string): Promise<Layout | undefined>
  /** Puts one layout in the place of another, unless it is no more, or released. Returns what is decided then. */
  change(queue: string, before: Layout, after: Layout): Promise<Layout | undefined>
  /**
   * All partitions were obliterated. Unless somebody claims it again within `WIDTH_KEPT_MS`, nothing is decided after
   * that, and no mark is left. Where another is decided nothing is done.
   */
  release(queue: string, had: Layout): Promise<void>
  /**
   * Notes that there may be something to find in the partitions in these places, and answers what was noted of all
   * within the last hour. A mark lasts for `forMs` from now, or as long as an earlier one. Where the queue has another
   * layout nothing is noted.
   */
  mark(queue: string, of: Layout, marks: readonly Mark[]): Promise<Marks>
}

export interface Mark {
  readonly index: number
  readonly forMs: number
}

export interface Marks {
  /** What is decided; undefined: nothing, or that it has none. */
  readonly layout: Layout | undefined
  /** It was released, and nobody claimed it since. */
  readonly released: boolean
  /** `agoMs`: when it was last marked; `leftMs`: how long its mark lasts, 0 where it is over. */
  readonly marks: readonly { readonly index: number; readonly agoMs: number; readonly leftMs: number }[]
}

/** How long it is known that a mark was there, ms. */
export const MARK_KEPT_MS = 3_600_000

/** How long the number of partitions of a queue outlasts it, ms: whoever has it from before claims it more often. */
export const WIDTH_KEPT_MS = 60_000

/** `has`: how many partitions a queue or a channel has, 1 for none; `wanted`: with how many it was used. */
export function partitionsDiffer(
  name: string,
  has: number,
  wanted: number,
  kind: 'queue' | 'channel' = 'queue',
): MqError {
  const words = (count: number): string => (count === 1 ? 'no partitions' : `${count} partitions`)
  return new MqError(
    'partitions-differ',
    `${kind} ${name} has ${words(has)}, and was used with ${words(wanted)}: nothing was done`,
    { details: { [kind]: name, partitions: has, wanted } },
  )
}
