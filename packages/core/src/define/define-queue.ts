import { MAX_ATTEMPTS, resolveBackoff } from './backoff.ts'
import type { Backoff, CustomBackoff, ResolvedBackoff } from './backoff.ts'
import { checkBoolean, checkFunction, checkInteger, checkName, checkOptions, showWord } from './check.ts'
import { resolveOutcomes } from './history.ts'
import type { History } from './history.ts'
import { resolveKeep } from './keep.ts'
import { resolveLimits } from './limits.ts'
import type { LimitOptions } from './limits.ts'
import { resolveLists } from './plain.ts'
import type { InboxOptions, Outbox, OutboxOptions } from './plain.ts'
import type { QueueKeepOptions, ResolvedKeep } from './keep.ts'
import { MAX_PAYLOAD_BYTES, MAX_DELAY_MS } from '../ports/limits.ts'
import type { DefinedLimits } from '../ports/queue-limits.ts'
import type { OutcomeLimits } from '../ports/queue-driver.ts'
import type { Inbox } from '../ports/plain.ts'
import { MAX_PARTITIONS } from '../ports/layout.ts'
import { splittable } from './splittable.ts'
import { checkSchema } from './schema.ts'
import type { InputOf, OutputOf, SchemaOf, StandardSchema } from './schema.ts'

/** What a queue is: shared by producers and workers, usually from a package of its own. */
export interface QueueOptions<P = undefined, R = undefined> {
  /** 1–128 characters of `A–Z a–z 0–9 . _ -`. */
  readonly name: string
  /** Checked when a task is enqueued, and parsed again before its handler runs. */
  readonly payload?: SchemaOf<P> | undefined
  /** Checked when a handler returns, and parsed again for `result()`. */
  readonly result?: SchemaOf<R> | undefined
  /** How often a handler may run until its task is buried, the first time included. Default 5. */
  readonly attempts?: number | undefined
  /**
   * The pause before each further attempt, or a function that gives it. Default: exponential from 1 s to 5 min, jitter
   * 0.2.
   */
  readonly backoff?: Backoff | CustomBackoff | undefined
  /** Which errors are worth another attempt. Default: all. */
  readonly retryIf?: RetryIf | undefined
  /** How long a handler may take, ms; then its signal aborts and the attempt counts as failed. Default: no limit. */
  readonly timeoutMs?: number | undefined
  /** What is kept of tasks that ended: results for `result()`, dead letters. */
  readonly keep?: QueueKeepOptions | undefined
  /**
   * Makes every end of a task a message of `queue.outcomes`, kept within these bounds as the history of a channel is
   * (`maxBytes`: 64 MiB where none is given). The storage remembers them: a program whose definition has none leaves
   * them as they are, and `false` ends it. Throws `unsupported` in `broker.queue` where the adapter has none. Default:
   * none.
   */
  readonly outcomes?: History | false | undefined
  /**
   * What all workers share, of any process. Those of the worker that began last hold, unless `queue.limits.set` put
   * others in their place; another definition's are reported once, with both. The storage remembers them: a program
   * whose definition has none leaves them as they are, and `false` ends them. Throws `unsupported` in `broker.queue`
   * where the adapter has none. Default: none.
   */
  readonly limits?: LimitOptions | false | undefined
  /** A bound on waiting tasks (delayed and running ones not counted). Default: none. */
  readonly capacity?: Capacity | undefined
  /** The largest payload, in bytes of its encoded form. Default 1 MiB, which is also the most. */
  readonly maxPayloadBytes?: number | undefined
  /**
   * The key of a list: what any program pushes there becomes a task. Options say which end is read, and how. Only
   * workers of a definition with it take from it. In a cluster the key needs the hash tag of the queue, `{name}`.
   * `broker.queue` throws `unsupported` where the adapter has none, and `invalid-inbox`. Default: none.
   */
  readonly inbox?: string | InboxOptions | undefined
  /**
   * The key of a list to which `queue.handOver()` pushes the tasks, for consumers that pop it: at most once from there
   * on. `process` is refused then. Throws `invalid-inbox` where it is the key of the inbox, too. Default: none.
   */
  readonly outbox?: string | OutboxOptions | undefined
  /**
   * Into how many parts the queue is split, 1–64, which a Redis Cluster spreads over its nodes. It stays one queue for
   * all who use it; order, capacity and limits are then of parts, see docs/partitions.md. It is decided by the first
   * call, and another number is refused as `partitions-differ`, until the queue is obliterated. Throws `unsupported`,
   * with the `option` in `details`, for `inbox`, for `outcomes`, and for limits and capacities below one for each part;
   * `broker.queue` throws it where the adapter has none. Default 1: it is not split.
   */
  readonly partitions?: number | undefined
}

/**
 * Returns whether the error is worth another attempt; on false the task is buried as `not-retryable`. Called after
 * every throw and timeout, also of the last attempt, but not for verdicts that a handler returns. When it throws, or
 * returns anything but true or false, the error is reported to `onError`, and the task is retried.
 */
export type RetryIf = (error: Error, failure: { readonly attempt: number }) => boolean

/** `size`, `perKey`, or both. */
export interface Capacity {
  /** How many tasks may wait. Default: no bound. */
  readonly size?: number | undefined
  /**
   * How many tasks of one key may wait; those without a key are not counted. Throws `unsupported` in `broker.queue`
   * where the adapter has no keys. Default: no bound.
   */
  readonly perKey?: number | undefined
  /**
   * What `enqueue` does when the queue, or the key of the task, is full: `wait` (until there is room, or `signal`
   * aborts; calls for other keys do not wait for it), `reject` with `queue-full`, or `displace`: the oldest waiting
   * task of the lowest priority, of the key that is full, is buried as `displaced`. Default `wait`.
   */
  readonly whenFull?: 'wait' | 'reject' | 'displace' | undefined
}

export interface ResolvedCapacity {
  readonly size?: number | undefined
  readonly perKey?: number | undefined
  readonly whenFull: 'wait' | 'reject' | 'displace'
}

/** `enqueue` takes `In` and the handler gets `Out`; the handler returns `ResultIn` and `result()` gives `ResultOut`. */
export interface QueueDefinition<In = unknown, Out = In, ResultIn = unknown, ResultOut = ResultIn> {
  readonly name: string
  readonly payload: StandardSchema<In, Out> | undefined
  readonly result: StandardSchema<ResultIn, ResultOut> | undefined
  readonly attempts: number
  readonly backoff: ResolvedBackoff
  readonly retryIf: RetryIf | undefined
  readonly timeoutMs: number | undefined
  readonly keep: ResolvedKeep
  readonly outcomes: OutcomeLimits | undefined
  readonly limits: DefinedLimits | undefined
  readonly capacity: ResolvedCapacity | undefined
  readonly maxPayloadBytes: number
  readonly inbox: Inbox | undefined
  readonly outbox: Outbox | undefined
  /** 1: it is not split. */
  readonly partitions: number
}

/**
 * Declares a queue. No I/O. `defineQueue<Email>({ name })` has no schema: payloads are `Email`, unchecked. Throws a
 * TypeError that names the option at fault.
 */
export function defineQueue<P = undefined, R = undefined>(
  options: QueueOptions<P, R>,
): QueueDefinition<InputOf<P>, OutputOf<P>, InputOf<R>, OutputOf<R>> {
  options = checkOptions('defineQueue', options, QUEUE_OPTIONS)
  const maxPayloadBytes = checkInteger(
    'maxPayloadBytes',
    options.maxPayloadBytes ?? MAX_PAYLOAD_BYTES,
    1,
    MAX_PAYLOAD_BYTES,
  )
  const partitions = checkInteger('partitions', options.partitions ?? 1, 1, MAX_PARTITIONS)
  return splittable({
    name: checkName('queue', options.name),
    payload: checkSchema('payload', options.payload),
    result: checkSchema('result', options.result),
    attempts: checkInteger('attempts', options.attempts ?? 5, 1, MAX_ATTEMPTS),
    backoff: resolveBackoff(options.backoff),
    retryIf: options.retryIf === undefined ? undefined : checkFunction('retryIf', options.retryIf),
    timeoutMs:
      options.timeoutMs === undefined ? undefined : checkInteger('timeoutMs', options.timeoutMs, 1, MAX_DELAY_MS),
    keep: resolveKeep(options.keep),
    outcomes: options.outcomes === undefined ? undefined : resolveOutcomes(options.outcomes),
    limits: options.limits === undefined ? undefined : resolveLimits(options.limits, CHECKS, partitions),
    capacity: options.capacity && resolveCapacity(options.capacity),
    maxPayloadBytes,
    ...resolveLists(options.inbox, options.outbox, maxPayloadBytes),
    partitions,
  })
}

function resolveCapacity(given: Capacity): ResolvedCapacity {
  const { size, perKey, whenFull = 'wait' } = checkOptions('capacity', given, ['size', 'perKey', 'whenFull'])
  if (!['wait', 'reject', 'displace'].includes(whenFull)) {
    throw new TypeError(`capacity.whenFull must be 'wait', 'reject' or 'displace', not ${showWord(whenFull)}`)
  }
  if (size === undefined && perKey === undefined) throw new TypeError('capacity needs size, perKey or both')
  const bound = (option: string, value: number | undefined): number | undefined =>
    value === undefined ? undefined : checkInteger(option, value, 1, Number.MAX_SAFE_INTEGER)
  return { size: bound('capacity.size', size), perKey: bound('capacity.perKey', perKey), whenFull }
}

const CHECKS = { checkBoolean, checkInteger, checkOptions }

const QUEUE_OPTIONS: readonly (keyof QueueOptions)[] = [
  'name',
  'payload',
  'result',
  'attempts',
  'backoff',
  'retryIf',
  'timeoutMs',
  'keep',
  'outcomes',
  'limits',
  'capacity',
  'maxPayloadBytes',
  'inbox',
  'outbox',
  'partitions',
]
