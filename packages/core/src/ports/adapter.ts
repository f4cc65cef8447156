import type { Clock } from '../clock.ts'
import type { MqError } from '../errors.ts'
import type { Logger } from '../logger.ts'
import type { Capabilities } from './capabilities.ts'
import type { ChannelDriver, ChannelDriverOptions, ChannelReader, PatternDriver } from './channel-driver.ts'
import type { QueueAdmin } from './queue-admin.ts'
import type { PlainStorage, QueueDriverOptions } from './plain.ts'
import type { QueueDriver } from './queue-driver.ts'
import type { Registry } from './registry.ts'
import type { StorageReport } from './storage-report.ts'
import type { Widths } from './widths.ts'

/**
 * A storage for queues and channels: the argument of `createBroker`. An adapter has primitives only. Loops, retries,
 * timeouts and every other decision are made by core.
 */
export interface Adapter {
  /** For logs: `redis`, `memory`. */
  readonly name: string
  readonly capabilities: Capabilities
  /**
   * Starts using the storage. Returns at once and never throws because the storage is unavailable: it connects in the
   * background. Every call of `open` makes a participant of its own, as another process would be.
   */
  open(environment: Environment): Storage
}

export interface Environment {
  readonly clock: Clock
  readonly logger: Logger
  /** For failures that no caller waits for. */
  readonly onError: (error: Error) => void
}

export interface Storage {
  /**
   * Resolves once a call can succeed. Rejects when waiting cannot help (server too old, wrong password, bad settings),
   * and with the reason of `signal` when that aborts. Calling it is optional: until the storage is ready a verb waits,
   * or rejects with `unavailable`.
   */
  ready(signal?: AbortSignal | undefined): Promise<void>
  /**
   * Why no call can succeed now, as far as it is known: a text for people, without secrets. Undefined while no obstacle
   * is known.
   */
  trouble?(): MqError | undefined
  queue(name: string, options?: QueueDriverOptions): QueueDriver & QueueAdmin
  channel(name: string, options?: ChannelDriverOptions): ChannelDriver
  /**
   * Only where `capabilities.patterns`. Words separated by dots; `*` matches one word, `>` the rest: see
   * `patternMatcher`.
   */
  pattern(pattern: string): PatternDriver
  /**
   * A channel of its own, under no name that a program can use, of how the tasks of a queue end. From the first call
   * with `outcomes` on, every end of a task is a message of it, appended in the step that ends the task, and kept
   * within these bounds as the history of a channel is. Its body is `outcomeBody` of `outcome-text.ts`, always with
   * what the task returned. To obliterate the queue deletes it with its groups, whoever reads them. Optional: without
   * it core refuses definitions that have `outcomes`.
   */
  outcomes?(queue: string): ChannelReader
  /** Lists and topics of programs without this library. Optional: only where `capabilities.plain`. */
  readonly plain?: PlainStorage | undefined
  readonly registry: Registry
  /** How many partitions queues have. Optional: without it core refuses definitions that have `partitions`. */
  readonly widths?: Widths | undefined
  /**
   * The same of channels, which are other names than queues': while a channel has partitions, every verb of
   * `channel(name)` without one is refused as `partitionsDiffer`. Optional: without it core refuses channels that have
   * `partitions`.
   */
  readonly channelWidths?: Widths | undefined
  /**
   * What an operator has to know of this storage. Optional. Pages ask often, so it must cost the storage little; what
   * its user may not see is left out, and is no reason to reject.
   */
  report?(): Promise<StorageReport>
  /**
   * Ends what `open` began; a borrowed connection stays open. Calls in flight settle or reject, none hangs; later ones
   * reject with `closed`, and no further hint is delivered. Leases stay until their deadline. May be called again, also
   * at the same time.
   */
  close(): Promise<void>
}
