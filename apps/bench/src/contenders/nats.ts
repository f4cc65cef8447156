import { AckPolicy, RetentionPolicy, StorageType, jetstream, jetstreamManager } from '@nats-io/jetstream'
import type { ConsumerMessages, JetStreamClient, JetStreamManager } from '@nats-io/jetstream'
import { connect, createInbox, headers } from '@nats-io/transport-node'
import type { NatsConnection } from '@nats-io/transport-node'
import type { Task } from '../task.ts'
import type { Contender } from './contender.ts'
import { steadyCount } from './steady-count.ts'

const NAME = 'bench'
const TOPIC = 'news'
/** Fetched ahead of the handlers, as its documentation advises for throughput. */
const AHEAD = 500
/** The default, said since it is what holds the server back to what it settles. */
const MOST_UNACKNOWLEDGED = 1_000
const REPLY_TO = 'reply-to'

/** A work queue: a stream whose messages go when they are acknowledged, and one durable consumer. */
function workQueue(retention: RetentionPolicy): Pick<Contender, 'connectProducer' | 'connectWorker'> {
  return {
    async connectProducer(url) {
      const { connection, stream, manager } = await open(url)
      const storage = new URL(url).searchParams.get('storage') === 'memory' ? StorageType.Memory : StorageType.File
      await manager.streams.add({ name: NAME, subjects: [NAME], retention, storage })
      await manager.consumers.add(NAME, {
        durable_name: NAME,
        ack_policy: AckPolicy.Explicit,
        max_ack_pending: MOST_UNACKNOWLEDGED,
      })
      const publish = (task: Task): Promise<unknown> => stream.publish(NAME, JSON.stringify(task))
      return {
        enqueue: publish,
        enqueueAll: (batch) => Promise.all(batch.map(publish)),
        left: () =>
          steadyCount(async () => {
            const { num_pending, num_ack_pending } = await manager.consumers.info(NAME, NAME)
            return num_pending + num_ack_pending
          }),
        close: () => connection.close(),
      }
    },

    async connectWorker(url, concurrency, handler) {
      const { connection, stream } = await open(url)
      const consumer = await stream.consumers.get(NAME, NAME)
      let messages: ConsumerMessages | undefined
      let loop: Promise<void> | undefined
      const consume = async (): Promise<void> => {
        messages = await consumer.consume({ max_messages: Math.max(AHEAD, concurrency) })
        let running = 0
        let freed: (() => void) | undefined
        for await (const message of messages) {
          if (running >= concurrency) await new Promise<void>((resolve) => (freed = resolve))
          running++
          void handler(message.json<Task>()).then((result) => {
            const replyTo = message.headers?.get(REPLY_TO)
            if (replyTo) connection.publish(replyTo, JSON.stringify(result))
            message.ack()
            running--
            freed?.()
          })
        }
      }
      return {
        run: () => void (loop = consume()),
        async close() {
          await messages?.close()
          await loop
          await connection.flush() // acknowledgements are not confirmed: what was sent has arrived then
          await connection.close()
        },
      }
    },
  }
}

export const nats: Contender = {
  ...workQueue(RetentionPolicy.Workqueue),
  name: 'nats',
  package: '@nats-io/jetstream',
  title: (version) => `NATS JetStream (@nats-io/jetstream ${version})`,
  settings:
    `a work-queue stream, a durable pull consumer that \`consume\`s ${AHEAD} ahead, explicit acknowledgements (sent, not confirmed); for many, ` +
    `publishes side by side; an answer goes to the asker's inbox by core NATS; fan-out is core NATS`,
  server: 'nats',
  pace: { enqueue: 30_000, bulk: 40_000, process: [30_000, 30_000, 30_000] },
  durable: workQueue(RetentionPolicy.Limits),

  reply: {
    connectWorker: workQueue(RetentionPolicy.Workqueue).connectWorker,
    async connectAsker(url) {
      const producer = await workQueue(RetentionPolicy.Workqueue).connectProducer(url)
      const { connection, stream } = await open(url)
      return {
        async ask(task) {
          const inbox = createInbox()
          const answers = connection.subscribe(inbox, { max: 1 })
          const header = headers()
          header.set(REPLY_TO, inbox)
          await stream.publish(NAME, JSON.stringify(task), { headers: header })
          for await (const answer of answers) return answer.json()
          return undefined
        },
        async close() {
          await connection.close()
          await producer.close()
        },
      }
    },
  },

  async connectTopic(url, onMessage, subscribers = 1) {
    const publisher = await connectTo(url)
    const connections = await Promise.all(Array.from({ length: subscribers }, () => connectTo(url)))
    for (const connection of connections) {
      connection.subscribe(TOPIC, { callback: (_error, message) => onMessage(message.json<Task>()) })
      await connection.flush()
    }
    return {
      publish: async (task) => publisher.publish(TOPIC, JSON.stringify(task)),
      async close() {
        await Promise.all([publisher, ...connections].map((connection) => connection.close()))
      },
    }
  },
}

function connectTo(url: string): Promise<NatsConnection> {
  return connect({ servers: new URL(url).host })
}

async function open(url: string): Promise<{
  readonly connection: NatsConnection
  readonly stream: JetStreamClient
  readonly manager: JetStreamManager
}> {
  const connection = await connectTo(url)
  return { connection, stream: jetstream(connection), manager: await jetstreamManager(connection) }
}
