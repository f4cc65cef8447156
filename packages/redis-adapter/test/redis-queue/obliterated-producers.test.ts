// What a broker that obliterated a queue leaves of it when it is closed.
import { createBroker, silentLogger } from '@mq/core'
import { redisAdapter } from '@mq/redis-adapter'
import { expect, it } from 'vitest'
import { Lab } from '../lab/lab.ts'

const lab = await Lab.start()

it('a producer that obliterated its queue leaves no key of it when it closes', async () => {
  const name = lab.freshName()
  const broker = createBroker(redisAdapter({ url: lab.server.url }), { logger: silentLogger })
  const queue = broker.queue(name)
  await Promise.all([queue.enqueue(1), queue.enqueueAll([{ payload: 2 }])])
  await queue.obliterate()
  await broker.close()
  expect(await lab.redis.keys(`*{${name}}*`)).toEqual([])
})

it('what it enqueues after that is ended as ever', async () => {
  const name = lab.freshName()
  const broker = createBroker(redisAdapter({ url: lab.server.url }), { logger: silentLogger })
  const queue = broker.queue(name)
  await queue.enqueue(1)
  await queue.obliterate()
  await queue.enqueue(2)
  await broker.close()
  const lanes = Object.values(await lab.redis.hgetall(`mq:{${name}}:producers`))
  expect(lanes).toEqual([expect.stringMatching(/^3\|\d+\|$/)])
})
