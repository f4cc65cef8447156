import { connect } from 'amqplib'
import type { ChannelModel, ConfirmChannel, Message } from 'amqplib'
import { QUEUE } from '../servers/rabbitmq.ts'
import type { Durability } from '../servers/server.ts'
import type { Task } from '../task.ts'
import type { Contender, TaskHandler, TaskWorker } from './contender.ts'
import { steadyCount } from './steady-count.ts'

const EXCHANGE = 'bench-news'
/** The documentation finds 100 to 300 best; handlers wait for no delivery then. */
const AHEAD = 300
const REPLIES = 'amq.rabbitmq.reply-to'

interface Kind {
  readonly name: string
  readonly title: string
  readonly settings: string
  readonly durability: Durability
  readonly durable: boolean
  readonly queueType: 'quorum' | 'classic'
}

function contender({ name, title, settings, durability, durable, queueType }: Kind): Contender {
  const options = { durable, arguments: { 'x-queue-type': queueType } }
  const open = async (url: string): Promise<{ connection: ChannelModel; channel: ConfirmChannel }> => {
    const connection = await connect(url)
    const channel = await connection.createConfirmChannel()
    await channel.assertQueue(QUEUE, options)
    return { connection, channel }
  }
  const publish = (channel: ConfirmChannel, task: Task, more: object = {}): Promise<void> =>
    new Promise((resolve, reject) => {
      const content = Buffer.from(JSON.stringify(task))
      channel.sendToQueue(QUEUE, content, { persistent: durable, ...more }, (error) =>
        error ? reject(error as Error) : resolve(),
      )
    })

  const connectWorker = async (url: string, concurrency: number, handler: TaskHandler): Promise<TaskWorker> => {
    const { connection, channel } = await open(url)
    await channel.prefetch(Math.max(AHEAD, concurrency))
    const waiting: Message[] = []
    let running = 0
    const handle = async (message: Message): Promise<void> => {
      running++
      const result = await handler(JSON.parse(message.content.toString()) as Task)
      const { replyTo, correlationId } = message.properties as { replyTo?: string; correlationId?: string }
      if (replyTo)
        channel.sendToQueue(
          replyTo,
          Buffer.from(JSON.stringify(result)),
          correlationId === undefined ? {} : { correlationId },
        )
      channel.ack(message)
      running--
      begin()
    }
    const begin = (): void => {
      while (running < concurrency && waiting.length > 0) void handle(waiting.shift()!)
    }
    return {
      run: () =>
        void channel.consume(QUEUE, (message) => {
          if (message !== null) waiting.push(message)
          begin()
        }),
      async close() {
        // A quorum queue takes acknowledgements one after another, and a channel that closes forgets those in between.
        await new Promise((resolve) => setTimeout(resolve, queueType === 'quorum' ? SETTLES_WITHIN_MS : 0))
        await channel.close()
        await connection.close()
      },
    }
  }

  return {
    name,
    title: (version) => `${title} (amqplib ${version})`,
    package: 'amqplib',
    settings,
    server: 'rabbitmq',
    classes: [durability],
    pace: { enqueue: 10_000, bulk: 12_000, process: [10_000, 10_000, 10_000] },

    async connectProducer(url) {
      const { connection, channel } = await open(url)
      return {
        enqueue: (task) => publish(channel, task),
        enqueueAll: (batch) => Promise.all(batch.map((task) => publish(channel, task))),
        left: () => steadyCount(async () => (await channel.checkQueue(QUEUE)).messageCount),
        close: () => connection.close(),
      }
    },

    connectWorker,

    reply: {
      connectWorker,
      async connectAsker(url) {
        const { connection, channel } = await open(url)
        const asked = new Map<string, (answer: unknown) => void>()
        const onAnswer: Parameters<ConfirmChannel['consume']>[1] = (message) => {
          const id = message?.properties.correlationId as string
          asked.get(id)?.(JSON.parse(message!.content.toString()))
          asked.delete(id)
        }
        await channel.consume(REPLIES, onAnswer, { noAck: true })
        return {
          async ask(task) {
            const correlationId = String(task.n)
            const answer = new Promise((resolve) => asked.set(correlationId, resolve))
            await publish(channel, task, { replyTo: REPLIES, correlationId })
            return answer
          },
          close: () => connection.close(),
        }
      },
    },

    async connectTopic(url, onMessage, subscribers = 1) {
      const publisher = await connect(url)
      const channel = await publisher.createChannel()
      await channel.assertExchange(EXCHANGE, 'fanout', { durable: false })
      const connections = await Promise.all(Array.from({ length: subscribers }, () => connect(url)))
      for (const connection of connections) {
        const own = await connection.createChannel()
        const { queue } = await own.assertQueue('', { exclusive: true })
        await own.bindQueue(queue, EXCHANGE, '')
        await own.consume(queue, (message) => onMessage(JSON.parse(message!.content.toString()) as Task), {
          noAck: true,
        })
      }
      return {
        async publish(task) {
          const more = channel.publish(EXCHANGE, '', Buffer.from(JSON.stringify(task)))
          if (!more) await new Promise((resolve) => channel.once('drain', resolve))
        },
        async close() {
          await Promise.all([publisher, ...connections].map((connection) => connection.close()))
        },
      }
    },
  }
}

const SETTLES_WITHIN_MS = 1_500

const COMMON =
  `publisher confirms, a prefetch of ${AHEAD} in front of handlers at the concurrency that is measured, an acknowledgement for each task; ` +
  'answers by direct reply-to; fan-out is a fanout exchange with an exclusive queue for each subscriber'

export const rabbitmqQuorum: Contender = contender({
  name: 'rabbitmq-quorum',
  title: 'RabbitMQ quorum queue',
  settings: `a quorum queue on one node, persistent messages, ${COMMON}`,
  durability: 'fsync',
  durable: true,
  queueType: 'quorum',
})

/** A quorum queue always waits for the disk, so where nothing needs to survive one would take this. */
export const rabbitmqClassic: Contender = contender({
  name: 'rabbitmq-classic',
  title: 'RabbitMQ classic queue',
  settings: `a transient classic queue, since a quorum queue always waits for the disk; ${COMMON}`,
  durability: 'none',
  durable: false,
  queueType: 'classic',
})
