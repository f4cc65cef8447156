import type { Adapter } from '@mq/core/adapter'
import type { OtherProgram } from './memory-plain.ts'
import { MemoryStorage, SharedStorage } from './memory-storage.ts'

export interface MemoryAdapter extends Adapter {
  /** Pushes to inboxes, pops from outboxes, publishes and listens, as programs without this library would. */
  readonly otherProgram: OtherProgram
}

/**
 * Queues and channels in the memory of this process: for tests, for development, and for work that may be lost with the
 * process. One adapter is one storage; brokers that are given the same adapter share their queues and channels, as if
 * they were in several processes. It has no limit but the memory, unless a queue has a `capacity`.
 *
 * Time is the clock of the first broker, so that with `createVirtualClock` of `@mq/core/testing` hours pass at once.
 * What is kept of ended tasks is what a queue's `keep` says, by default `DEFAULT_KEEP` of `@mq/core/adapter`.
 */
export function memoryAdapter(): MemoryAdapter {
  const shared = new SharedStorage()
  return {
    name: 'memory',
    capabilities: { durable: false, crossProcess: false, groups: true, patterns: true, sharded: true, plain: true },
    otherProgram: shared.plain,
    open: (environment) => new MemoryStorage(shared, environment),
  }
}
