import { expect, it } from 'vitest'
import { dump } from '../lab/dump.ts'
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

it('a queue with outcomes leaves nothing, whatever types another program gave their keys', async () => {
  const { parts } = await FurnishedQueue.create(lab, { outcomes: true })
  const ofOutcomes = parts.filter((part) => part.startsWith('outcomes:'))
  expect(ofOutcomes.some((part) => part.startsWith('outcomes:group.'))).toBe(true)
  for (const part of ofOutcomes) {
    const { port } = await FurnishedQueue.create(lab, { outcomes: true })
    await lab.redis.set(port.key(part), 'wrong')
    const done = await port.driver.apply({ kind: 'obliterate', force: true })
    expect([part, done, await lab.redis.keys(port.key('*'))]).toEqual([part, { changed: 1 }, []])
  }
})

it('a queue leaves no group of its outcomes while one of the keys that name groups has its type', async () => {
  const naming = ['readers', 'alive', 'floors', 'bells']
  for (const left of ['readers', 'alive', 'floors']) {
    const { port } = await FurnishedQueue.create(lab, { outcomes: true })
    for (const part of naming.filter((one) => one !== left)) await lab.redis.set(port.key(`outcomes:${part}`), 'wrong')
    const done = await port.driver.apply({ kind: 'obliterate', force: true })
    expect([left, done, await lab.redis.keys(port.key('*'))]).toEqual([left, { changed: 1 }, []])
  }
})

it('what another program wrote among the floors of groups is no reason to go on for ever', async () => {
  const { port } = await FurnishedQueue.create(lab, { outcomes: true })
  const fields = Array.from({ length: 2_500 }, (_, i) => [`stray-${i}`, 'x']).flat()
  await lab.redis.hset(port.key('outcomes:floors'), ...fields)
  await lab.redis.hset(port.key('outcomes:bells'), 'not a name', 'x')
  expect(await port.driver.apply({ kind: 'obliterate', force: true })).toEqual({ changed: 1 })
  expect(await lab.redis.keys(port.key('*'))).toEqual([])
})

it('a queue whose outcomes have a layout of a later version stays as it is', async () => {
  const { port } = await FurnishedQueue.create(lab, { outcomes: true })
  await lab.redis.hset(port.key('outcomes:seq'), 'layout', '3')
  const before = await dump(lab.redis, port.name)
  const refused = port.driver.apply({ kind: 'obliterate', force: true })
  await expect(refused).rejects.toMatchObject({ code: 'layout-mismatch' })
  expect(await dump(lab.redis, port.name)).toEqual(before)
})

it('what is left of outcomes, since the connection broke between the two steps, is deleted by the next call', async () => {
  const { port } = await FurnishedQueue.create(lab, { outcomes: true })
  const left = (await lab.redis.keys(port.key('*'))).filter((key) => !key.startsWith(port.key('outcomes:')))
  await lab.redis.del(left)
  expect(await port.driver.apply({ kind: 'obliterate', force: false })).toEqual({ changed: 1 })
  expect(await lab.redis.keys(port.key('*'))).toEqual([])
})
