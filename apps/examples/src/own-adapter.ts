// Where an adapter of one's own begins: it can be opened, and every verb says that it is not there yet. See
// docs/writing-an-adapter.md.
import { createBroker } from '@mq/core'
// #region adapter
import { MqError } from '@mq/core/adapter'
import type { Adapter, ChannelDriver, QueueAdmin, QueueDriver } from '@mq/core/adapter'

const later = async (): Promise<never> => {
  throw new MqError('unsupported', 'not written yet')
}

export function myAdapter(): Adapter {
  const queue: QueueDriver & QueueAdmin = {
    enqueue: later,
    settleAndClaim: later,
    stats: later,
    extend: later,
    note: later,
    read: later,
    apply: later,
    list: later,
    page: later,
    inspect: later,
    endLanes: later,
    listen: later,
  }
  const channel: ChannelDriver = {
    publish: later,
    subscribe: later,
    mark: later,
    obliterate: later,
    groups: later,
    group: () => {
      throw new MqError('unsupported', 'not written yet')
    },
  }
  return {
    name: 'mine',
    capabilities: { durable: true, crossProcess: true, groups: false, patterns: false, sharded: false },
    open: () => ({
      ready: async () => undefined,
      queue: () => queue,
      channel: () => channel,
      pattern: () => {
        throw new MqError('unsupported', 'not written yet')
      },
      registry: { note: later, names: later, workers: later, order: later },
      close: async () => undefined,
    }),
  }
}
// #endregion

const broker = createBroker(myAdapter())
await broker.ready()
console.log('open')
await broker.close()
