// The suite of all adapters in a cluster of three masters: minutes, so only where it is asked for.
import { testAdapter } from '@mq/conformance'
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
  const isLeftOut = (title: string): boolean => LEFT_OUT.some((end) => title.endsWith(end))
  testAdapter(
    { describe: (title, body) => void (isLeftOut(title) || describe.concurrent(title, body)), it },
    {
      name: 'redisAdapter in a cluster',
      capabilities,
      create: async () => ({
        adapter: redisAdapter({ url, prefix: randomUUID() }),
        time: { pass },
        dispose: async () => {},
      }),
    },
  )
}

if (env['MQ_TEST_CLUSTER']) await conformanceInCluster()
else it.skip('the suite of all adapters in a cluster of three: MQ_TEST_CLUSTER=1 would run it', () => undefined)
