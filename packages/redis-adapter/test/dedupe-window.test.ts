import { expect, it } from 'vitest'
import { eventually } from './eventually.ts'
import { Lab } from './lab.ts'

const lab = await Lab.start()

// Keys whose windows are over are swept a few at a time: one that was not swept yet must not count.
it('takes a new task when the window is over, though much else is to be swept', async () => {
  const queue = await lab.queue()
  const task = { payload: '1', dedupe: { key: 'k', windowMs: 1 } }
  const first = await queue.addOne(task)
  for (let i = 0; i < 1_000; i += 2) await lab.redis.zadd(queue.key('ended'), 0, `1700000000000000|a${i}`)
  await eventually(async () => {
    const [receipt] = await queue.offer([task])
    return receipt?.state === 'accepted' && receipt.n !== first
  }, 'a new task')
  expect(await lab.redis.hlen(queue.key('ids'))).toBe(1)
})
