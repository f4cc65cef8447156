import { describe, expect, it } from 'vitest'
import { BLACKHOLE, CALM } from '@mq/redis-server/proxy'
import { openScene } from '../lab/scene.ts'
import type { Scene } from '../lab/scene.ts'
import { settled, until } from '../lab/until.ts'

const META = 'mq:{q}:meta'
const ASIDE = 'mq:{q}:aside'

/** Writes are held; a plain read still gets its answer. */
async function pauseWrites({ admin }: Scene): Promise<void> {
  await admin.call('CLIENT', 'PAUSE', '60000', 'WRITE')
}

const OUTAGES: Record<string, { begin(scene: Scene): unknown; end(scene: Scene): unknown }> = {
  'Redis is killed': { begin: ({ server }) => server.kill(), end: ({ server }) => server.restart() },
  'Redis stands still': { begin: ({ server }) => server.pause(), end: ({ server }) => server.resume() },
  'the network is a black hole': {
    begin: ({ proxy }) => void (proxy.weather = BLACKHOLE),
    end: ({ proxy }) => void (proxy.weather = CALM),
  },
  'writes are paused': { begin: pauseWrites, end: ({ admin }) => admin.call('CLIENT', 'UNPAUSE') },
  // As another program might leave it: the connection is well, and nothing can be claimed.
  'a key of the queue has a wrong type': {
    begin: ({ admin }) => admin.multi().rename(META, ASIDE).set(META, 'text').exec(),
    end: ({ admin }) => admin.multi().del(META).rename(ASIDE, META).exec(),
  },
}

describe.concurrent('a worker is not ready', () => {
  it.for(Object.entries(OUTAGES))('while %s, and is when that is over', async ([, outage]) => {
    await using scene = await openScene()
    const worker = scene
      .broker()
      .queue('q')
      .process(() => 1)
    await worker.ready({ timeoutMs: 5_000 })
    await outage.begin(scene)
    const answer = await settled(worker.ready({ timeoutMs: 1_500 }), 2_500)
    expect(answer).toMatchObject({
      end: 'rejected',
      error: { code: expect.stringMatching(/^(wait-timeout|storage-refused)$/) },
    })
    await outage.end(scene)
    await until('the worker is ready again', 10_000, () =>
      worker.ready({ timeoutMs: 500 }).then(
        () => true,
        () => false,
      ),
    )
  })
})
