import redisEmitter from 'mqemitter-redis'
import type { Task } from '../task.ts'
import type { Contender } from './contender.ts'
import { NO_QUEUE } from './no-queue.ts'

const TOPIC = 'bench'

type Emitter = ReturnType<typeof redisEmitter>

export const mqemitterRedis: Contender = {
  ...NO_QUEUE,
  name: 'mqemitter-redis',
  settings: 'auto-pipelined, as it is when it makes its own clients',
  package: 'mqemitter-redis',
  title: (version) => `mqemitter-redis ${version}`,
  requests: ({ publish = 0, subscribe = 0 }) => publish + subscribe,

  async connectTopic(url, onMessage) {
    const [publisher, subscriber] = [connect(url), connect(url)]
    await new Promise<void>((resolve) => {
      const listener = (message: Record<string, unknown>, done: () => void): void => {
        onMessage(message['task'] as Task)
        done()
      }
      subscriber.on(TOPIC, listener, resolve)
    })
    return {
      publish: (task) =>
        new Promise<void>((resolve, reject) => {
          publisher.emit({ topic: TOPIC, task }, (error) => (error ? reject(error) : resolve()))
        }),
      close: async () => {
        await Promise.all([publisher, subscriber].map((each) => new Promise<void>((resolve) => each.close(resolve))))
      },
    }
  },
}

/** By host and port: by URL it would not pipeline. */
function connect(url: string): Emitter {
  const { hostname, port } = new URL(url)
  return redisEmitter({ host: hostname, port: Number(port) })
}
