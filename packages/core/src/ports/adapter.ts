import type { Clock } from '../clock.ts'
import type { MqError } from '../errors.ts'
import type { Logger } from '../logger.ts'
import type { Capabilities } from './capabilities.ts'
import type { ChannelDriver, ChannelDriverOptions, PatternDriver } from './channel-driver.ts'
import type { QueueAdmin } from './queue-admin.ts'
import type { QueueDriver } from './queue-driver.ts'
import type { Registry } from './registry.ts'

/**
 * A storage that queues and channels can live in: what `createBroker` takes.
 * An adapter holds primitives only. Loops, retries, timeouts and every other decision are core's.
 */
export interface Adapter {
  /** For logs: `redis`, `memory`. */
  readonly name: string
  readonly capabilities: Capabilities
  /**
   * Starts using the storage. Returns at once and never throws because the storage is away: connecting goes on in the
   * background. Every call of `open` is a participant of its own, as another process would be.
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
   * Resolves once a call can succeed. Rejects when waiting is senseless (server too old, wrong password, bad settings),
   * and with the reason of `signal` when that aborts. Nobody has to call it: until then a verb waits, or rejects with
   * `unavailable`.
   */
  ready(signal?: AbortSignal | undefined): Promise<void>
  /**
   * Why no call can succeed now, as far as is known: for people, and without secrets. Undefined while nothing is
   * against it.
   */
  trouble?(): MqError | undefined
  queue(name: string): QueueDriver & QueueAdmin
  channel(name: string, options?: ChannelDriverOptions): ChannelDriver
  /**
   * Only where `capabilities.patterns`. Words with dots between; `*` is one word, `>` the rest: see `patternMatcher`.
   */
  pattern(pattern: string): PatternDriver
  readonly registry: Registry
  /**
   * Ends what `open` began; a borrowed connection stays open. Calls in flight settle or reject, none hangs; later ones
   * reject with `closed`, and no hint comes any more. What is leased stays so until its deadline. May be called again,
   * also at the same time.
   */
  close(): Promise<void>
}
