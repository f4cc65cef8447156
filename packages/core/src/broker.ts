import type { Channel } from './channel/channel.ts'
import type { Pattern } from './channel/pattern.ts'
import type { Clock } from './clock.ts'
import type { ChannelDefinition } from './define/define-channel.ts'
import type { HeadersFor } from './define/headers-for.ts'
import type { PatternDefinition } from './define/define-pattern.ts'
import type { QueueDefinition } from './define/define-queue.ts'
import type { Middleware } from './handler/middleware.ts'
import type { ReadyOptions } from './engine/worker.ts'
import type { Logger } from './logger.ts'
import type { Capabilities } from './ports/capabilities.ts'
import type { StorageReport } from './ports/storage-report.ts'
import type { Queue } from './queue/queue.ts'
import type { NamesPage } from './registry/listing.ts'
import type { RemoteWorker } from './registry/remote-worker.ts'
import type { WorkerEntry } from './registry/worker-entry.ts'

/** Queues and channels on one storage. */
export interface Broker extends AsyncDisposable {
  readonly capabilities: Capabilities
  /**
   * Resolves once the storage answers. Throws `server-unsupported` when the server can never be used, `wait-timeout`
   * after `timeoutMs` (default: no limit), with the reason, as far as it is known, in its message and as its cause, or
   * the signal's reason when it aborts. Calling it is optional: other calls wait for the storage by themselves.
   */
  ready(options?: ReadyOptions): Promise<void>
  queue<In, Out, ResultIn, ResultOut>(
    definition: QueueDefinition<In, Out, ResultIn, ResultOut>,
  ): Queue<In, Out, ResultIn, ResultOut>
  /** A queue by its name: untyped, with the default options. */
  queue(name: string): Queue
  channel<In, Out>(definition: ChannelDefinition<In, Out>): Channel<In, Out>
  channel(name: string): Channel
  /** All channels whose names match: `orders.*`, `orders.>`. Throws `unsupported` where the adapter has no patterns. */
  pattern<Out>(definition: PatternDefinition<Out>): Pattern<Out>
  pattern(pattern: string): Pattern
  /**
   * The names of the queues that any process enqueued to or worked on, and that were not obliterated since: in the
   * order of their code units, at most `limit` (1–1,000, default 1,000) of those after `after`. Queues that were last
   * used by a version without this list are missing until they are used again.
   */
  queues(page?: NamesPage): Promise<readonly string[]>
  /** The names of the channels that were published to or consumed. */
  channels(page?: NamesPage): Promise<readonly string[]>
  /**
   * The workers of queues and groups, in all processes: the newest first, 10,000 at the most. A worker reports itself
   * every 10 s; one that has not reported for 60 s, or was closed, is not listed.
   */
  workers(): Promise<readonly WorkerEntry[]>
  /** A worker of any process, by its id in `workers()`, to be quieted, resumed and stopped from here. No I/O. */
  worker(id: string): RemoteWorker
  /**
   * What an operator has to know of the storage: figures, and what a doctor would say of them. A few commands of
   * constant cost. What the storage does not let this user see is missing, and a finding says so. Throws `unsupported`
   * where the adapter has no report.
   */
  storage(): Promise<StorageReport>
  /** Closes all workers and subscriptions (`deadlineMs` for the running handlers, default 10,000), then the storage. */
  close(options?: { readonly deadlineMs?: number | undefined }): Promise<void>
}

export interface BrokerOptions {
  /** Default: warnings and errors on the console. */
  readonly logger?: Logger | undefined
  /**
   * Called with failures that no caller waits for: a handler's throw, a lost connection, a message that cannot be read.
   */
  readonly onError?: ((error: Error) => void) | undefined
  /** Default: real time. `createVirtualClock` of `@mq/core/testing` makes hours pass at once. */
  readonly clock?: Clock | undefined
  /** Wraps the handlers of all workers, of queues and of groups; the first one is the outermost. */
  readonly middleware?: readonly Middleware[] | undefined
  /**
   * Returns headers for every task that is enqueued by this broker, such as a trace or a tenant. A header of the same
   * name that the caller gives wins.
   */
  readonly headers?: HeadersFor | undefined
  /** How long a call is repeated while the storage is unavailable, ms. Default 5,000. Then it throws `unavailable`. */
  readonly operationTimeoutMs?: number | undefined
}
