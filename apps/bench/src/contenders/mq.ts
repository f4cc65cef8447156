import { createBroker, defineChannel, defineQueue, systemClock, unchecked } from '@mq/core'
import type { Broker, ChannelSubscription, Clock, Message } from '@mq/core'
import { redisAdapter } from '@mq/redis-adapter'
import type { Task } from '../task.ts'
import type { Contender, Pace } from './contender.ts'
import { connectMqFlows } from './flows.ts'
import { connectMqScheduler } from './schedulers.ts'
import { connectMqTenants } from './tenants.ts'

const PACE: Pace = { enqueue: 100_000, bulk: 120_000, process: [80_000, 100_000, 120_000] }

/**
 * mq with its defaults, as a program uses it. The peers keep no results, so the first of the two keeps none either.
 * With a clock of the caller's, a worker works as fast as that says: what it asks of Redis can be counted on a busy
 * machine too.
 */
export function mqContender(name: string, keepResults: boolean, clock: Clock = systemClock): Contender {
  const connect = async (url: string): Promise<Broker> => {
    const broker = createBroker(redisAdapter({ url }), { clock })
    await broker.ready({ timeoutMs: 60_000 })
    return broker
  }
  const tasks = defineQueue({ name: 'bench', payload: unchecked<Task>(), keep: keepResults ? {} : { results: false } })
  const news = defineChannel({ name: 'bench', message: unchecked<Task>() })

  const log = defineChannel({ name: 'bench-log', message: unchecked<Task>(), history: { maxCount: 10_000_000 } })
  const durable: Contender['durable'] = {
    async connectProducer(url) {
      const broker = await connect(url)
      const channel = broker.channel(log)
      await (await channel.consume('bench', () => undefined, { from: 'latest' })).close()
      return {
        enqueue: (task) => channel.publish(task),
        enqueueAll: (batch) => channel.publishAll(batch.map((message) => ({ message }))),
        left: async () => {
          const { unread, returned, delayed, running, dead } = await channel.group('bench').stats()
          return unread + returned + delayed + running + dead
        },
        close: () => broker.close(),
      }
    },

    async connectWorker(url, concurrency, handler) {
      const broker = await connect(url)
      const consume = ({ payload }: Message<Task>): Promise<void> => handler(payload).then(() => undefined)
      return {
        run: () => void broker.channel(log).consume('bench', consume, { concurrency }),
        close: () => broker.close(),
      }
    },
  }

  const asked = defineQueue({ name: 'bench', payload: unchecked<Task>() })
  const reply: Contender['reply'] = {
    async connectAsker(url) {
      const broker = await connect(url)
      const queue = broker.queue(asked)
      return {
        ask: async (task) => (await queue.enqueue(task)).result(),
        close: () => broker.close(),
      }
    },
    async connectWorker(url, concurrency, handler) {
      const broker = await connect(url)
      return {
        run: () => void broker.queue(asked).process(handler, { concurrency }),
        close: () => broker.close(),
      }
    },
  }

  return {
    name,
    settings: keepResults
      ? 'defaults'
      : 'defaults, but no results kept, since the peers keep none (they are where somebody awaits them)',
    package: '@mq/core',
    ...(keepResults ? undefined : { pace: PACE, syncedShare: 0.3 }),
    title: (version) => `mq ${version}${keepResults ? ', results kept' : ''}`,
    // Scripts only; SUBSCRIBE once for each connection.
    requests: ({ evalsha = 0, eval: sent = 0, subscribe = 0 }) => evalsha + sent + subscribe,

    async connectProducer(url) {
      const broker = await connect(url)
      const queue = broker.queue(tasks)
      return {
        enqueue: (task) => queue.enqueue(task),
        enqueueAll: (batch) => queue.enqueueAll(batch.map((payload) => ({ payload }))),
        left: async () => {
          const { waiting, delayed, running, dead } = await queue.stats()
          return waiting + delayed + running + dead
        },
        close: () => broker.close(),
      }
    },

    async connectWorker(url, concurrency, handler) {
      const broker = await connect(url)
      return {
        run: () => void broker.queue(tasks).process(handler, { concurrency }),
        close: () => broker.close(),
      }
    },

    ...(keepResults
      ? undefined
      : {
          durable,
          reply,
          connectScheduler: connectMqScheduler,
          connectFlows: connectMqFlows,
          connectTenants: connectMqTenants,
        }),

    async connectTopic(url, onMessage, subscribers = 1) {
      const [publisher, ...others] = await Promise.all(Array.from({ length: 1 + subscribers }, () => connect(url)))
      for (const each of others) await each.channel(news).subscribe((message) => onMessage(message.payload))
      const subscriber = others[0]!
      const channel = publisher!.channel(news)
      let slow: ChannelSubscription | undefined
      return {
        publish: (task) => channel.publish(task),
        async neighbour(slowMs) {
          await slow?.close()
          slow = slowMs === undefined ? undefined : await subscriber.channel(news).subscribe(() => pause(slowMs))
        },
        close: async () => {
          await Promise.all([publisher!, ...others].map((each) => each.close()))
        },
      }
    },
  }
}

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms))
}

export const mq: Contender = mqContender('mq', false)
export const mqKeeping: Contender = mqContender('mq-keeping', true)
