import { MqError } from '@mq/core'
import { describe, expect, it } from 'vitest'
import { textOf } from '../lab/recorder.ts'
import { openScene } from '../lab/scene.ts'
import { settled, until } from '../lab/until.ts'

const SECRET = 'a payload that is nobody else’s business'

describe('a server whose memory is full', () => {
  it('refuses tasks in so many words, tells no payload, and is drained as it is', async () => {
    await using scene = await openScene({ args: ['--maxmemory-policy', 'noeviction'] })
    const { admin, recorder } = scene
    const queue = scene.broker().queue('q')
    await queue.enqueueAll(Array.from({ length: 1_000 }, (_, i) => ({ payload: { i, filling: 'x'.repeat(1_000) } })))
    await admin.config('SET', 'maxmemory', '1mb')

    const refused = await settled(queue.enqueue(SECRET), 10_000)
    expect(refused).toMatchObject({ end: 'rejected', error: { code: 'storage-full' } })
    const published = await settled(scene.broker().channel('c').publish(SECRET), 10_000)
    expect(published).toMatchObject({ end: 'rejected', error: { code: 'storage-full' } })

    // The way out stays open: claiming, settling and prolonging free memory.
    const handled = new Set<unknown>()
    queue.process((payload) => void handled.add((payload as { i: number }).i), { concurrency: 50 })
    await until('the queue to drain', 20_000, async () => (await admin.hlen('mq:{q}:tasks')) === 0)
    expect(handled.size).toBe(1_000)
    await admin.config('SET', 'maxmemory', '0')
    await queue.enqueue({ i: 1_000 })
    await until('the next task', 10_000, () => handled.size === 1_001)
    expect(recorder.errors).toEqual([])
    for (const text of [recorder.everything(), textOf([refused, published])]) expect(text).not.toContain(SECRET)
  })

  it('tells no payload when somebody else’s key is in the way', async () => {
    await using scene = await openScene()
    const { admin, recorder } = scene
    await admin.set('mq:{q}:tasks', 'not a hash')
    const refused = await settled(scene.broker().queue('q').enqueue(SECRET), 10_000)
    expect(refused).toMatchObject({ end: 'rejected', error: { code: 'storage-refused' } })
    expect(refused.end === 'rejected' && MqError.is(refused.error)).toBe(true)
    for (const text of [recorder.everything(), textOf(refused)]) expect(text).not.toContain(SECRET)
  })
})
