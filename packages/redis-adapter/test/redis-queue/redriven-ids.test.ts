import { expect, it } from 'vitest'
import { Lab } from '../lab/lab.ts'

const lab = await Lab.start()

// The end of its first life stands in `ended`: whoever sweeps there must not take the id of the second.
it('keeps the id of a redriven task that lives longer than a minute', async () => {
  const queue = await lab.queue()
  const n = await queue.addOne({ id: 'mail', payload: '1', header: '{"id":"mail"}' })
  const worker = queue.worker()
  const { lease } = await worker.claimOne()
  await worker.settle({ kind: 'bury', lease, id: 'mail', reason: 'bad', detail: '', charge: true })
  await queue.driver.apply({ kind: 'redrive', tasks: [{ n, delayMs: 0 }] })
  await queue.ageEndedIds(120_000)
  for (let i = 0; i < 10; i++) await queue.add({ id: `other-${i}` })
  expect(await queue.offer([{ id: 'mail', payload: '1' }])).toEqual([{ state: 'existing', n }])
  expect(await lab.redis.zcard(queue.key('ended'))).toBe(0)
})
