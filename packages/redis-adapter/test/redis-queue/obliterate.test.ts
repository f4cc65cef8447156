import { expect, it } from 'vitest'
import { FurnishedQueue } from '../lab/furnished-queue.ts'
import { Lab } from '../lab/lab.ts'

const lab = await Lab.start()

it('a queue that was obliterated leaves no key, whatever stood in which', async () => {
  const { port, parts } = await FurnishedQueue.create(lab)
  expect(parts.length).toBeGreaterThan(20)
  expect(await port.driver.apply({ kind: 'obliterate', force: true })).toEqual({ changed: 1 })
  expect(await lab.redis.keys(port.key('*'))).toEqual([])
  expect(await port.driver.apply({ kind: 'obliterate', force: true })).toEqual({ changed: 0 })
})

it('a sleeper that is gone does not keep a queue from being obliterated', async () => {
  const queue = await lab.queue()
  await queue.addOne('1')
  await lab.redis.zadd(queue.key('idle'), Date.now(), 'mq:to:gone|w')
  expect(await queue.driver.apply({ kind: 'obliterate', force: false })).toEqual({ changed: 1 })
})

it('a channel of the same name stays', async () => {
  const queue = await lab.queue()
  await queue.addOne('1')
  await (await lab.channel(queue.name)).publish(['1'])
  const before = await lab.redis.hgetall(queue.key('seq'))
  await queue.driver.apply({ kind: 'obliterate', force: false })
  expect(await lab.redis.hgetall(queue.key('seq'))).toEqual(before)
})
