import { adoptRejection } from './values/adopt-rejection.ts'

/**
 * Codes are stable: new ones may be added, and none changes its meaning. Messages may change. Mistakes in what a
 * program declares and sets up (definitions, adapters, brokers, workers) are plain `TypeError`s, since no program
 * should catch them; what is passed while it runs may come from its users, and is refused with a code.
 */
export type MqErrorCode =
  /** The storage did not confirm in time. *Unknown*, not failed: it may have happened. */
  | 'unavailable'
  /** The storage has no memory left; nothing was done. */
  | 'storage-full'
  /**
   * The storage answered with an error; nothing was done. With `details.passing` the call may succeed soon (a full
   * disk, a missing replica).
   */
  | 'storage-refused'
  /** A newer version of mq wrote this queue; nothing was done. */
  | 'layout-mismatch'
  /** With this server or its settings mq cannot keep its promises. */
  | 'server-unsupported'
  /** The adapter does not have this feature. */
  | 'unsupported'
  /** The broker, worker or subscription is closed. */
  | 'closed'
  /**
   * An option of a call, or the url of a storage, is wrong or not known; nothing was done. `details` has the `option`
   * and the `kind` of value it was given.
   */
  | 'invalid-options'
  /** The value does not fit its schema, or would not be the same after JSON. */
  | 'invalid-payload'
  | 'invalid-result'
  | 'invalid-message'
  | 'invalid-id'
  | 'payload-too-large'
  | 'batch-too-large'
  /**
   * The queue has another number of partitions than the definition that was used. Nothing was done. `details` has
   * `partitions`, those that it has, and `wanted`; 1 stands for none.
   */
  | 'partitions-differ'
  /** Tasks of one `enqueueAll` belong to several partitions, by their keys or ids. Nothing was done. */
  | 'partitions-apart'
  /**
   * The number of partitions of a queue cannot change again before some of its former ones have run empty. Nothing was
   * done. `details` has `partitions`, those that it has, and `former`.
   */
  | 'partitions-busy'
  /** No consumer group of that name. */
  | 'unknown-group'
  /** A member without `key` is in a group that has one: it is given no message. */
  | 'ordered-group'
  /** Messages were dropped by a channel's bounds before a group read them. */
  | 'messages-lost'
  /** Dead letters were dropped for a bound of `keep.dead`. */
  | 'dead-letters-dropped'
  /**
   * Entries that another program wrote into the storage of a queue or group were dropped, or entries of mq that it
   * damaged.
   */
  | 'foreign-entries-dropped'
  /** What another program wrote as the limits of a queue cannot be read, so those of the definition hold. */
  | 'unreadable-limits'
  /**
   * The key of an inbox or an outbox cannot be used: both are one key, it is a key of mq's own, in a cluster it lacks
   * the hash tag of the queue, or it holds no list.
   */
  | 'invalid-inbox'
  /** A subscription ended because its handler was too slow, as its `buffer.whenFull` says. */
  | 'too-slow'
  /** Nothing is known of a task in `after`: it never existed, or nothing is kept of it. Nothing was done. */
  | 'unknown-parent'
  /** A task cannot run after itself. Nothing was done. */
  | 'flow-cycle'
  /** More than 1,000 tasks would run one after another. Nothing was done. */
  | 'flow-too-deep'
  /** No schedule of that name. */
  | 'unknown-schedule'
  /** A schedule that another program wrote, or damaged, cannot be read: it does not tick. */
  | 'invalid-schedule'
  /** More ticks of a schedule were missed than `missed: 'all'` makes up for. */
  | 'ticks-dropped'
  /** The id belongs to a task with another payload. */
  | 'id-conflict'
  | 'queue-full'
  /** Tasks of the queue run, or workers wait for its work; nothing was done. */
  | 'queue-in-use'
  /** `channel.obliterate()` while members of a group hold messages or wait for some. Nothing was done. */
  | 'channel-in-use'
  | 'task-dead'
  | 'task-cancelled'
  | 'task-expired'
  /** Nothing is known of the task: it never existed, or its result is no longer kept. */
  | 'result-expired'
  | 'wait-timeout'
  /** The handler took longer than `timeoutMs`. */
  | 'task-timeout'
  /**
   * Every slot of a worker waits for tasks of its own queue, or for room in it, and no other worker processes that
   * queue.
   */
  | 'self-wait'
  /** A handler made a verdict (`retry()`, `bury()`) and neither returned nor threw it, so that it had no effect. */
  | 'unreturned-verdict'
  /** A batch handler answered what is no answer for each of its tasks: too few, too many, or something else. */
  | 'invalid-answers'
  /** The reason of an aborted handler whose lease went to another worker. */
  | 'lease-lost'

const brand = Symbol.for('@mq/core/MqError')

export class MqError extends Error {
  override readonly name = 'MqError'
  readonly code: MqErrorCode
  /** Facts for programs: no payload, no secret. */
  readonly details: Readonly<Record<string, unknown>>

  constructor(code: MqErrorCode, message: string, options: MqErrorOptions = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause })
    this.code = code
    this.details = options.details ?? {}
    Object.defineProperty(this, brand, { value: true })
  }

  /**
   * Recognises an MqError of any copy of this package: a project may hold several (ES module and CommonJS, two
   * versions), each with a class of its own. With `code`, only one of that code. Never throws.
   */
  static is<C extends MqErrorCode>(error: unknown, code?: C): error is MqError & { readonly code: C } {
    if (typeof error !== 'object' || error === null) return false
    try {
      return brand in error && (code === undefined || (error as { readonly code?: unknown }).code === code)
    } catch {
      return false
    }
  }

  /** `instanceof MqError` asks the same, so that it is not wrong where there are several copies. */
  static override [Symbol.hasInstance](value: unknown): boolean {
    // By its own name the class would get another one from bundlers. A subclass has no `is` of its own.
    return Object.hasOwn(this, 'is') ? this.is(value) : Function.prototype[Symbol.hasInstance].call(this, value)
  }
}

export interface MqErrorOptions {
  readonly cause?: unknown
  readonly details?: Readonly<Record<string, unknown>> | undefined
}

/**
 * Makes an Error with readable fields of any thrown value. A value that a user's code threw may itself throw when it is
 * read: a getter, a Proxy, a `toString`. Never throws.
 */
export function toError(thrown: unknown): Error {
  // A promise was thrown, so nothing would handle its rejection.
  if (isPromise(thrown)) adoptRejection(thrown, () => undefined)
  if (!isReadable(thrown)) return new Error(textOf(thrown))
  return thrown instanceof Error ? thrown : new Error(textOf(thrown), { cause: thrown })
}

/** The fields that a logger will read of an error. */
const FIELDS = ['name', 'message', 'stack', 'code', 'cause'] as const

function isPromise(value: unknown): boolean {
  try {
    return value instanceof Promise
  } catch {
    return false
  }
}

function isReadable(value: unknown): boolean {
  try {
    if (value instanceof Error || (typeof value === 'object' && value !== null)) {
      for (const field of FIELDS) void (value as Readonly<Record<string, unknown>>)[field]
    }
    return true
  } catch {
    return false
  }
}

/** The message of anything thrown. Never throws. */
export function messageOf(thrown: unknown): string {
  try {
    return textOf(toError(thrown).message)
  } catch {
    return UNREADABLE
  }
}

const UNREADABLE = 'a value that cannot be read'

/** Some values cannot be written as text at all. Never throws. */
export function textOf(value: unknown): string {
  try {
    return String(value)
  } catch {
    try {
      return Object.prototype.toString.call(value)
    } catch {
      return UNREADABLE
    }
  }
}
