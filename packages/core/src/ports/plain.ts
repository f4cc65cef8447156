import type { Subscription } from './subscription.ts'

/** A list from which a queue takes tasks: programs without this library push them. */
export interface Inbox {
  /** As those programs have it. */
  readonly key: string
  /** The end that is read. */
  readonly end: 'left' | 'right'
  /** `json`: an entry is the payload; `text`: the payload is the entry as a string. */
  readonly format: 'json' | 'text'
  /** A longer payload is replaced by `tooLargeText`, which is no JSON. */
  readonly maxBytes: number
}

export interface QueueDriverOptions {
  /**
   * Only where `Storage.plain`. A turn that claims, while the queue is not paused and its limits let a task through,
   * first moves up to `want` entries of the list, as far as `maxBytes` goes, into the queue: in the same step, in the
   * order in which they are read, as tasks of `INBOX_LEVEL` without an own id, without regard to capacities. A key that
   * holds no list is reported by `TurnReply.unreadableInbox`, and is no reason to reject. Nobody sends hints of what is
   * pushed, so a storage that cannot notice it answers a smaller `nextDueInMs`. Throws `invalid-inbox` for a key that
   * the storage cannot use so.
   */
  readonly inbox?: Inbox | undefined
  /**
   * One of the partitions of a queue: a queue of its own for the adapter, where it is stored with others of its name.
   * Only where `Storage.widths`. Where the storage is made of slots, partition i is in the i-th of `of` equal parts.
   * Those of different generations have nothing in common.
   */
  readonly partition?: Partition | undefined
}

export interface Partition {
  /** From 0. */
  readonly index: number
  /** How many there are of its generation. */
  readonly of: number
  /** See `Generation`; missing: 0. */
  readonly made?: number | undefined
  /** Its place in the queue, for who observes it: numbers of its tasks end with that. Missing: `index`. */
  readonly place?: number | undefined
}

/** Its name, which no queue has; an adapter may add to it. */
export function partitionName(queue: string, { index, of, made = 0 }: Partition): string {
  return `${queue}~${index}.${of}${made === 0 ? '' : `.${made}`}`
}

/** The level of a task that came by an inbox: that of a task without a priority. */
export const INBOX_LEVEL = 4

/** How much of an entry that is too large is kept, in bytes or characters. */
export const KEPT_OF_ENTRY = 1_000

/** Stands for an entry of an inbox that is larger than a payload may be. No JSON, so that it is buried. */
export function tooLargeText(bytes: number, { maxBytes }: Inbox, text: string): string {
  return `an entry of ${bytes} bytes, more than ${maxBytes}: ${text.slice(0, KEPT_OF_ENTRY)}`
}

/** Plain lists and topics, as programs without this library use them. */
export interface PlainStorage {
  /** Appends at the right end of a list. Repeated by nobody: `unavailable` means that it may have happened. */
  push(list: string, texts: readonly string[]): Promise<void>
  topic(name: string): PlainTopic
}

/** At most once: what nobody hears is gone, and nobody can tell that something is missing. */
export interface PlainTopic {
  /** In this order, but not as one step. Repeated by nobody. */
  publish(texts: readonly string[]): Promise<void>
  /** Resolves when what is published from now on will arrive. */
  subscribe(listener: PlainListener): Promise<Subscription>
}

export interface PlainListener {
  onText(text: string): void
  /** The path was broken, and works again: texts may be missing. */
  onInterruption(): void
}
