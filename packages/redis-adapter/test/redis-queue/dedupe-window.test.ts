import { expect, it } from 'vitest'
import { eventually } from '../lab/eventually.ts'
import { Lab } from '../lab/lab.ts'

const lab = await Lab.start()

// Keys whose windows are over are swept a few at a time: one that was not swept yet must not count.
it('takes a new task when the window is over, though much else is to be swept', async () => {
  const queue = await lab.queue()
  const task = { payload: '1', dedupe: { key: 'k', windowMs: 1 } }
  const first = await queue.addOne(task)
  const [, end] = /~(\d+)$/.exec((await lab.redis.hget(queue.key('ids'), '~k'))!)!
  for (let i = 0; i < 100; i++) await lab.redis.zadd(queue.key('ended'), 0, `1700000000000000|a${i}`)
  await eventually(async () => Number((await lab.redis.time())[0]) * 1_000 > Number(end), 'the end of the window')
  const [receipt] = await queue.offer([task])
  expect(receipt?.state).toBe('accepted')
  expect(receipt).not.toMatchObject({ n: first })
})
