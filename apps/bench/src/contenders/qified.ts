import { RedisMessageProvider } from '@qified/redis'
import { Qified } from 'qified'
import type { Task } from '../task.ts'
import type { Contender } from './contender.ts'
import { NO_QUEUE } from './no-queue.ts'

const TOPIC = 'bench'

export const qified: Contender = {
  ...NO_QUEUE,
  name: 'qified',
  settings: 'its Redis provider on node-redis, which pipelines by itself',
  package: 'qified',
  title: (version) => `qified ${version}`,
  requests: ({ publish = 0, subscribe = 0 }) => publish + subscribe,

  async connectTopic(url, onMessage) {
    const [publisher, subscriber] = [connect(url), connect(url)]
    const handler = async ({ data }: { readonly data: unknown }): Promise<void> => onMessage(data as Task)
    await subscriber.subscribe(TOPIC, { id: 'bench', handler })
    return {
      publish: (task) => publisher.publish(TOPIC, { id: String(task.n), data: task }),
      close: async () => {
        await Promise.all([publisher.disconnect(), subscriber.disconnect()])
      },
    }
  },
}

function connect(uri: string): Qified {
  return new Qified({ messageProviders: [new RedisMessageProvider({ uri })] })
}
