import { MqError } from '@mq/core'
import type { Queue } from '@mq/core'
import { startRedis } from '@mq/redis-server'
import { describe, expect, it } from 'vitest'
import { Load } from '../lab/load.ts'
import { openScene } from '../lab/scene.ts'
import { rollDice } from '../lab/seeded.ts'
import { lasting, settled, until } from '../lab/until.ts'
import type { Settled } from '../lab/until.ts'

/** How the server refuses a call; where a starved process takes the connection for dead meanwhile, the call is made again. */
async function refusal(queue: Queue<unknown>): Promise<Settled<unknown>> {
  return until('a refusal by the server', 30_000, async () => {
    const end = await settled<unknown>(queue.enqueue('refused'), 10_000)
    return end.end === 'rejected' && MqError.is(end.error, 'unavailable') ? undefined : end
  })
}

describe.concurrent('a server that takes no writes', () => {
  it('makes calls unavailable while it is a replica, and is used again when it is not', async () => {
    await using primary = await startRedis()
    await using scene = await openScene()
    const { admin, recorder } = scene
    const broker = scene.broker({ operationTimeoutMs: 1_000 })
    const load = new Load(broker, scene.broker(), 'q', rollDice('replica'), { producers: 1 })
    await load.progress(20, 10_000)

    await admin.replicaof('127.0.0.1', primary.port)
    await until('the link to the primary', 10_000, async () =>
      /master_link_status:up/.test(await admin.info('replication')),
    )
    const calls = [broker.queue('q').enqueue(1), broker.queue('q').stats(), broker.channel('c').publish('m')]
    for (const end of await Promise.all(calls.map((call) => settled<unknown>(call, 10_000)))) {
      expect(end).toMatchObject({ end: 'rejected', error: { code: 'unavailable' } })
      expect((end as { error: Error }).error.message).toMatch(/READONLY|is a replica/)
      expect(end.tookMs).toBeLessThan(2_000)
    }
    await lasting(1_000)
    const before = load.report()
    await admin.replicaof('NO', 'ONE')
    const tookMs = await load.progress(20, 15_000)
    const report = await load.drain(15_000)
    console.log(`a replica for a while: works again after ${tookMs} ms`, JSON.stringify(report))
    // Its data was the primary's meanwhile: what waited then is gone, what came after is not.
    expect(report.lost.filter((i) => i >= before.attempted)).toEqual([])
    expect(report).toMatchObject({ unexpected: [], doubled: [] })
    expect(load.failures).toEqual([])
    // No storm of complaints or connections.
    expect(recorder.said(/refuses this worker/)).toEqual([])
    expect(scene.proxy.accepted).toBeLessThan(15)
  })

  it('refuses calls, and says why, while too few replicas are there', async () => {
    await using scene = await openScene()
    const broker = scene.broker()
    const queue = broker.queue('q')
    await queue.enqueue('before')
    await scene.admin.config('SET', 'min-replicas-to-write', '1')
    expect(await refusal(queue)).toMatchObject({
      end: 'rejected',
      error: { code: 'storage-refused', message: expect.stringMatching(/NOREPLICAS/) as string },
    })
    await scene.admin.config('SET', 'min-replicas-to-write', '0')
    await queue.enqueue('after')
    expect((await queue.stats()).waiting).toBe(2)
  })

  it('refuses calls, and says why, while its disk takes nothing', async () => {
    await using scene = await openScene({ args: ['--save', '3600 1', '--enable-protected-configs', 'local'] })
    const broker = scene.broker()
    const queue = broker.queue('q')
    await queue.enqueue('before')
    const { directory } = scene.server
    await scene.admin.config('SET', 'dir', '/proc')
    await scene.admin.bgsave()
    await until('the save to fail', 10_000, async () =>
      /rdb_last_bgsave_status:err/.test(await scene.admin.info('persistence')),
    )
    expect(await refusal(queue)).toMatchObject({
      end: 'rejected',
      error: { code: 'storage-refused', message: expect.stringMatching(/MISCONF/) as string },
    })
    await scene.admin.config('SET', 'dir', directory)
    await scene.admin.bgsave()
    await until('the save to succeed', 10_000, async () =>
      /rdb_last_bgsave_status:ok/.test(await scene.admin.info('persistence')),
    )
    await queue.enqueue('after')
    expect((await queue.stats()).waiting).toBe(2)
  })
})
