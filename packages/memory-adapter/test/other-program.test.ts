import { createBroker, defineQueue, silentLogger } from '@mq/core'
import { memoryAdapter } from '@mq/memory-adapter'
import { expect, it } from 'vitest'
import { PlainState } from '../src/memory-plain.ts'

it('has the order of a list of Redis', () => {
  const { otherProgram } = memoryAdapter()
  otherProgram.rpush('list', 'c', 'd')
  otherProgram.lpush('list', 'b', 'a')
  expect(otherProgram.llen('list')).toBe(4)
  expect([otherProgram.lpop('list'), otherProgram.rpop('list')]).toEqual(['a', 'd'])
  expect([otherProgram.lpop('list'), otherProgram.lpop('list'), otherProgram.lpop('list')]).toEqual([
    'b',
    'c',
    undefined,
  ])
})

it('leaves nothing of a list that is empty, or of a topic that nobody hears', () => {
  const plain = new PlainState()
  for (let i = 0; i < 100; i++) {
    plain.lpush(`list ${i}`, '1', '2')
    const leave = plain.subscribe(`topic ${i}`, () => undefined)
    expect(plain.size).toBe(2)
    plain.lpop(`list ${i}`)
    plain.rpop(`list ${i}`)
    leave()
    leave()
  }
  expect(plain.size).toBe(0)
})

it('wakes a worker of a broker at once, whose time stands still', async () => {
  const adapter = memoryAdapter()
  const broker = createBroker(adapter, { logger: silentLogger })
  const queue = broker.queue(defineQueue<number>({ name: 'q', inbox: 'list' }))
  const handled = new Promise<number>((resolve) => void queue.process(resolve as (n: number) => void))
  await queue.stats()
  adapter.otherProgram.lpush('list', '7')
  expect(await handled).toBe(7)
  expect((await queue.stats()).inbox).toBe(0)
  await broker.close()
})
