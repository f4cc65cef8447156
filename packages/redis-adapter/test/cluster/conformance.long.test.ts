// The suite of all adapters in a cluster of three masters, on queues and channels with one place and with partitions: minutes, so only where it is asked for.
import { testAdapter, testPartitions } from '@mq/conformance'
import { redisAdapter } from '@mq/redis-adapter'
import { startCluster } from '@mq/redis-server'
import { randomUUID } from 'node:crypto'
import { env } from 'node:process'
import { setTimeout as pass } from 'node:timers/promises'
import { afterAll, describe, it } from 'vitest'

/**
 * Those of schedules need a clock that is held, or the next tick is due before they look; those of other programs use
 * lists without the tag of the queue, which a cluster refuses.
 */
const LEFT_OUT = ['port: schedules', 'port: inboxes', 'broker: other programs']

async function conformanceInCluster(): Promise<void> {
  const cluster = await startCluster()
  afterAll(() => cluster.stop())
  const [url = ''] = cluster.urls
  const { capabilities } = redisAdapter({ url })
  const create = async () => ({
    adapter: redisAdapter({ url, prefix: randomUUID() }),
    time: { pass },
    dispose: async () => {},
  })
  const isLeftOut = (title: string): boolean => LEFT_OUT.some((end) => title.endsWith(end))
  const some = (title: string, body: () => void): void => void (isLeftOut(title) || describe.concurrent(title, body))
  testAdapter({ describe: some, it }, { name: 'redisAdapter in a cluster', capabilities, create })
  // The others are of the same adapter.
  const overPartitions = (title: string, body: () => void): void =>
    void (/^(?:channel|group|pattern) port/.test(title) || some(title, body))
  testPartitions({ describe: overPartitions, it }, { name: 'redisAdapter in a cluster', capabilities, create })
}

if (env['MQ_TEST_CLUSTER']) await conformanceInCluster()
else it.skip('the suite of all adapters in a cluster of three: MQ_TEST_CLUSTER=1 would run it', () => undefined)
