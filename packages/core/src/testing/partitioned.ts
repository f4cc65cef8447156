import { partitionedChannel } from '../channel/partitions/channel-drivers.ts'
import type { PartitionedChannel } from '../channel/partitions/partitioned-channel.ts'
import type { Adapter, Storage } from '../ports/adapter.ts'
import type { PartitionedQueue } from '../partitions/partitioned-queue.ts'
import { partitionedQueue } from '../partitions/queue-drivers.ts'

export interface PartitionedOptions {
  /** How many partitions each queue and each channel has, 2–64. */
  readonly partitions: number
  /**
   * For tests of adapters: tasks that may be in any partition are in one, so that they keep their order, and each
   * partition has the whole of limits and capacities; so most of what is said of queues can be asked of them. Default:
   * each batch in the next, and each partition has a share, as for programs.
   */
  readonly together?: boolean | undefined
}

/**
 * The same adapter, on which each queue and channel has partitions: so an adapter is tested as definitions with
 * `partitions` use it. Queues with an inbox have none, nor have sharded channels, and there are no outcomes.
 */
export function partitionedAdapter(adapter: Adapter, { partitions, together = false }: PartitionedOptions): Adapter {
  // The same in each run, whatever the names of lanes are.
  const begin = 0
  const more = together
    ? { begin, spread: () => 1, sharedBy: 1, passOnMs: 0, looksAtAll: true }
    : { begin, spread: (_: string, seq: number, of: number) => seq % of }
  return {
    name: adapter.name,
    capabilities: adapter.capabilities,
    open(environment) {
      const storage = adapter.open(environment)
      const ended = new AbortController()
      const services = { ...environment, closed: ended.signal }
      const queues = new Map<string, PartitionedQueue>()
      const channels = new Map<string, PartitionedChannel>()
      const over: Storage = {
        ready: (signal) => storage.ready(signal),
        queue(name, options) {
          if (options?.inbox !== undefined) return storage.queue(name, options)
          let queue = queues.get(name)
          if (queue === undefined) {
            queue = partitionedQueue(storage, name, partitions, services, more)
            queues.set(name, queue)
          }
          return queue
        },
        channel(name, options) {
          if (options?.sharded) return storage.channel(name, options)
          let channel = channels.get(name)
          if (channel === undefined) {
            let sent = 0
            const spread = together ? () => 1 : () => sent++ % partitions
            channel = partitionedChannel(storage, name, partitions, services, { spread })
            channels.set(name, channel)
          }
          return channel
        },
        pattern: (pattern) => storage.pattern(pattern),
        plain: storage.plain,
        registry: storage.registry,
        ...(storage.trouble && { trouble: () => storage.trouble!() }),
        ...(storage.report && { report: () => storage.report!() }),
        close() {
          ended.abort()
          return storage.close()
        },
      }
      return over
    },
  }
}
