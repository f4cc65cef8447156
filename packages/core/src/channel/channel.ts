import type { ChannelDefinition } from '../define/define-channel.ts'
import type { QueueOptions } from '../define/define-queue.ts'
import type { QueueKeepOptions } from '../define/keep.ts'
import type { Context, Verdict } from '../handler/handler.ts'
import type { Worker, WorkerOptions } from '../engine/worker.ts'
import type { ChannelPosition } from '../ports/channel-position.ts'
import type { GroupStart } from '../ports/group-driver.ts'
import type { BufferOptions } from './buffer-policy.ts'
import type { ConsumerGroup } from './group.ts'
import type { Headers } from '../wire/message-body.ts'

/** A channel as a program holds it: each message goes to every subscriber, in any process. */
export interface Channel<In = unknown, Out = In> {
  readonly name: string
  readonly definition: ChannelDefinition<In, Out>
  /**
   * Sends a message to all who subscribe now. Concurrent calls share a round trip.
   * Throws an MqError: `invalid-message`, `payload-too-large`, `storage-full`, or `unavailable` (unknown; never sent
   * twice).
   */
  publish(message: In, options?: PublishOptions): Promise<ChannelPosition>
  /**
   * Up to 1,000 messages, at most 4 MiB together, all or none, in a row: nobody's message comes between. Throws as
   * `publish` does, and `batch-too-large`.
   */
  publishAll(entries: readonly PublishEntry<In>[]): Promise<ChannelPosition[]>
  /**
   * In order, at most once; what was lost is reported to `onGap`. Resolves when messages published from now on arrive.
   */
  subscribe(handler: MessageHandler<Out>, options?: SubscribeOptions): Promise<ChannelSubscription>
  /** The same as an iterable. Leaving the loop, or aborting, ends the subscription. */
  messages(options?: MessagesOptions): AsyncIterable<Message<Out>>
  /**
   * Competing consumers of a channel with `history`: at least once for each group, on the worker engine of queues. The
   * first one begins the group; resolves when what is published from now on is the group's. Throws a TypeError where
   * the channel has no history, `unsupported` where the adapter has no groups.
   */
  consume(group: string, handler: MessageTaskHandler<Out>, options?: ConsumeOptions): Promise<Worker>
  /** A handle for people who run the group; no I/O. */
  group(name: string): ConsumerGroup
  /**
   * Removes all that is kept of the channel, also what nobody has read: messages, groups with their dead letters, the
   * numbering. Nothing is left in the storage. Subscribers go on; with the next message they get a gap of unknown size.
   * Throws `channel-in-use`, and does nothing, while members of a group hold messages or wait for some, unless `force`:
   * then leases are lost, and members that live begin their groups anew. Throws `unavailable` when it may be done in
   * part; repeat it then.
   */
  obliterate(options?: { readonly force?: boolean | undefined }): Promise<void>
}

export interface PublishOptions {
  /** Travels beside the message: a trace id, a tenant. At most 8 KiB as JSON. */
  readonly headers?: Headers | undefined
}

export type PublishEntry<In> = { readonly message: In } & PublishOptions

export interface Message<Payload> extends ChannelPosition {
  /** The name of the channel that it was published to. */
  readonly channel: string
  readonly headers: Headers
  readonly payload: Payload
}

/** An async handler is awaited before the next message, so order holds. A throw goes to `onError`; the feed goes on. */
export type MessageHandler<Payload> = (message: Message<Payload>) => unknown

export type MessageTaskHandler<Payload> = (
  message: Message<Payload>,
  context: Context,
) => void | Verdict | Promise<void | Verdict>

export interface Gap {
  /** How many messages were lost; undefined when the numbering was lost too (the server lost its data). */
  readonly size: number | undefined
  /**
   * `transport`: lost on the way. `buffer`: this subscriber was too slow. Losses of both kinds in a row: `transport`.
   */
  readonly cause: 'transport' | 'buffer'
}

export interface SubscribeOptions {
  readonly onGap?: ((gap: Gap) => void) | undefined
  /** It ended though you did not end it: `too-slow` (see `buffer`), or `closed` with the broker. */
  readonly onEnd?: ((error: Error) => void) | undefined
  /**
   * For a slow handler. A number is a size, with `drop-oldest`. What is published at one moment arrives at one moment,
   * up to 1,000 messages: a smaller buffer loses some of those whatever the handler does.
   */
  readonly buffer?: number | BufferOptions | undefined
  readonly signal?: AbortSignal | undefined
}

export type MessagesOptions = Omit<SubscribeOptions, 'onEnd'>

export interface ConsumeOptions extends WorkerOptions {
  /** Where a new group begins: `latest` (default), `earliest`, `{ position }` (after it), `{ sinceMs }`. */
  readonly from?: GroupStart | undefined
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
   * Called with the number of messages that the channel's bounds dropped before the group was given them. Also reported
   * to `onError`.
   */
  readonly onLost?: ((count: number) => void) | undefined
}

export interface ChannelSubscription extends AsyncDisposable {
  /** Resolves when the handler that runs has ended; nothing is delivered after. Do not await it inside that handler. */
  close(): Promise<void>
  stats(): SubscriptionStats
}

/** received = delivered + dropped + malformed + waiting, until it is closed. */
export interface SubscriptionStats {
  readonly received: number
  /** Given to the handler. */
  readonly delivered: number
  /** For want of room in the buffer. */
  readonly dropped: number
  /** Nobody could read them: they were reported to the broker's `onError`. */
  readonly malformed: number
  readonly waiting: number
  /** On the way, as far as their number is known. */
  readonly lost: number
}
