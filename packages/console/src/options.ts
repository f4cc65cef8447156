import type { Broker, ChannelDefinition, QueueDefinition } from '@mq/core'
import type { AccessOptions } from './access/access-options.ts'
import type { LiveOptions } from './live/live-options.ts'

export interface ConsoleOptions extends AccessOptions {
  /** What is shown and operated. The console does not close it. */
  readonly broker: Broker
  /** Path below which everything is served, `''` for the root. Default `/console`. */
  readonly basePath?: string | undefined
  /**
   * Definitions whose schemas and options apply to what is enqueued and published here. Other queues and channels are
   * used by their names: untyped, with default options.
   */
  readonly queues?: readonly QueueDefinition[] | undefined
  readonly channels?: readonly ChannelDefinition[] | undefined
  /** How many may watch at once. */
  readonly live?: LiveOptions | undefined
}
