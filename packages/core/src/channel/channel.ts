import type { ChannelDefinition } from '../define/define-channel.ts'
import type { QueueOptions } from '../define/define-queue.ts'
import type { QueueKeepOptions } from '../define/keep.ts'
import type { BatchHandler } from '../handler/batch-handler.ts'
import type { Context, Verdict } from '../handler/handler.ts'
import type { BatchOptions, Worker, WorkerOptions } from '../engine/worker.ts'
import type { ChannelPosition } from '../ports/channel-position.ts'
import type { GroupStart } from '../ports/group-driver.ts'
import type { BufferOptions } from './buffer-policy.ts'
import type { ConsumerGroup } from './group.ts'
import type { Headers } from '../wire/message-body.ts'

/** What can be read, in any process: each message goes to every subscriber, and once to each group. */
export interface MessageSource<Out = unknown> {
  readonly name: string
  /**
   * Calls `handler` for each message, in order and at most once; losses are reported to `onGap`. Resolves when messages
   * that are published from now on will arrive.
   */
  subscribe(handler: MessageHandler<Out>, options?: SubscribeOptions): Promise<ChannelSubscription>
  /** The same as an iterable. Leaving the loop, or aborting, ends the subscription. */
  messages(options?: MessagesOptions): AsyncIterable<Message<Out>>
  /**
   * Competing consumers of a channel with `history`: at least once for each group, on the worker engine of queues. The
   * first member creates the group. Resolves when messages that are published from now on will be given to the group.
   * Throws a TypeError where the definition keeps none, `unsupported` where the adapter has no groups.
   */
  consume(group: string, handler: MessageTaskHandler<Out>, options?: ConsumeOptions<Out>): Promise<Worker>
  /** As `consume`, but the handler gets up to `size` messages in one call, as that of `queue.processBatch` does. */
  consumeBatch(group: string, handler: MessageBatchHandler<Out>, options?: ConsumeBatchOptions<Out>): Promise<Worker>
  /**
   * The names of the groups that exist, in any process: in the order of their code units, a thousand at the most. A
   * group exists from its first member on until it is removed. Throws `unsupported` where the adapter has no groups.
   */
  groups(): Promise<string[]>
  /**
   * A handle to operate a group: its state, `pause`, `seek`, its dead letters. No I/O. The definition need not have the
   * channel's history. Throws `unsupported` where the adapter has no groups.
   */
  group(name: string): ConsumerGroup
}

/** A channel as a program holds it: each message goes to every subscriber, in any process. */
export interface Channel<In = unknown, Out = In> extends MessageSource<Out> {
  readonly definition: ChannelDefinition<In, Out>
  /**
   * Sends a message to all who subscribe now. Concurrent calls share a round trip.
   * Throws an MqError: `invalid-message`, `payload-too-large`, `storage-full`, or `unavailable` (unknown; never sent
   * twice).
   */
  publish(message: In, options?: PublishOptions): Promise<ChannelPosition>
  /**
   * Sends up to 1,000 messages, at most 4 MiB together: all or none, and in a row, with no other message between them.
   * Throws as `publish` does, `batch-too-large`, and `partitions-apart` where their keys belong to several partitions.
   */
  publishAll(entries: readonly PublishEntry<In>[]): Promise<ChannelPosition[]>
  /**
   * Removes everything that is stored of the channel, including unread messages: messages, groups with their dead
   * letters, the numbering. Subscriptions continue; with the next message they get a gap of unknown size. While members
   * of a group hold messages or wait for some, it throws `channel-in-use` and does nothing, unless `force` is set: then
   * leases are lost, and members that still run create their groups again. Throws `unavailable` when it may have been
   * done in part; repeat it then.
   */
  obliterate(options?: { readonly force?: boolean | undefined }): Promise<void>
}

export interface PublishOptions {
  /** Sent with the message, for example a trace id or a tenant. At most 8 KiB as JSON. */
  readonly headers?: Headers | undefined
  /**
   * What the message is about: 1–256 characters. In a channel with `partitions` the messages of one key are in one
   * partition, so they keep their order; those without a key may be in any. Without partitions all keep it anyway. It
   * is not stored, and has nothing to do with `key` of `consume` but that both are better the same.
   */
  readonly key?: string | undefined
}

export type PublishEntry<In> = { readonly message: In } & PublishOptions

export interface Message<Payload> extends ChannelPosition {
  /** The name of the channel that it was published to. */
  readonly channel: string
  readonly headers: Headers
  readonly payload: Payload
}

/**
 * Called for each message. An async handler is awaited before the next message, so that order is kept. A throw is
 * reported to `onError`, and the subscription continues.
 */
export type MessageHandler<Payload> = (message: Message<Payload>) => unknown

export type MessageTaskHandler<Payload> = (
  message: Message<Payload>,
  context: Context,
) => void | Verdict | Promise<void | Verdict>

/** Messages have no results: what is no verdict and no Error counts as done. */
export type MessageBatchHandler<Payload> = BatchHandler<Message<Payload>, unknown>

export interface Gap {
  /** How many messages were lost; undefined when the numbering was lost too (the server lost its data). */
  readonly size: number | undefined
  /**
   * `transport`: lost between the publisher and this process. `buffer`: dropped because this subscriber was too slow.
   * Losses of both kinds in a row are reported as `transport`.
   */
  readonly cause: 'transport' | 'buffer'
}

export interface SubscribeOptions {
  readonly onGap?: ((gap: Gap) => void) | undefined
  /**
   * Called when the subscription ends and you did not end it: with `too-slow` (see `buffer`), or with `closed` when the
   * broker closes.
   */
  readonly onEnd?: ((error: Error) => void) | undefined
  /**
   * Messages that wait for a slow handler. A number is a size, with `drop-oldest`. Messages that are published together
   * arrive together, up to 1,000: a smaller buffer loses some of them, however fast the handler is.
   */
  readonly buffer?: number | BufferOptions | undefined
  readonly signal?: AbortSignal | undefined
}

export type MessagesOptions = Omit<SubscribeOptions, 'onEnd'>

export type ConsumeBatchOptions<Out = unknown> = ConsumeOptions<Out> & BatchOptions

export interface ConsumeOptions<Out = unknown> extends WorkerOptions {
  /**
   * Where a new group starts to read: `latest` (default), `earliest`, `{ position }` (after that position) or
   * `{ sinceMs }` (messages of the last so many ms).
   */
  readonly from?: GroupStart | undefined
  /**
   * Makes the group an ordered one: of the messages with one key, one is handled at a time, in the order in which they
   * were published, across all members. A retry keeps the others of its key waiting; a dead letter does not. Gives a
   * text of 1–256 characters, and the same one for the same message in every member: it is called up to a few times for
   * each. A message for which it throws or gives another value becomes a dead letter. All members have to have it: one
   * without is given nothing, which is reported to `onError` as `ordered-group`, and the group stays ordered until it
   * is removed. Each message is read once more, for its key; while 10,000 wait behind others of their keys, no more
   * are.
   */
  readonly key?: ((message: Message<Out>) => string) | undefined
  /** How often the handler may fail before the message becomes a dead letter of the group. Default 5. */
  readonly attempts?: number | undefined
  readonly backoff?: QueueOptions['backoff']
  /** Which errors are worth another attempt. Default: all. */
  readonly retryIf?: QueueOptions['retryIf']
  /** Bounds of the group's dead letters. Default: 14 days and 1 GiB, however many. */
  readonly keep?: Pick<QueueKeepOptions, 'dead'> | undefined
  /** How long the handler may take, ms. Default: no limit. */
  readonly timeoutMs?: number | undefined
  /**
   * Called with the number of messages that were dropped, because of the channel's bounds, before the group was given
   * them. This is also reported to `onError`.
   */
  readonly onLost?: ((count: number) => void) | undefined
}

export interface ChannelSubscription extends AsyncDisposable {
  /**
   * Resolves when the running handler has ended; no message is delivered afterwards. Do not await it inside that
   * handler.
   */
  close(): Promise<void>
  stats(): SubscriptionStats
}

/** received = delivered + dropped + malformed + waiting, until it is closed. */
export interface SubscriptionStats {
  readonly received: number
  /** Given to the handler. */
  readonly delivered: number
  /** Dropped because the buffer was full. */
  readonly dropped: number
  /** Messages that could not be read; they were reported to the broker's `onError`. */
  readonly malformed: number
  readonly waiting: number
  /** Lost between publisher and process, as far as their number is known. */
  readonly lost: number
}
