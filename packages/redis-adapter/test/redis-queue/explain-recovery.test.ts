import { expect, it } from 'vitest'
import { Lab } from '../lab/lab.ts'

const lab = await Lab.start()

it('explains that a lost lease waits for workers that an outage cut off', async () => {
  const port = await lab.queue()
  const queue = (await lab.broker()).queue(port.name)
  const task = await queue.enqueue(1)
  await port.lapse((await port.worker().claimOne()).lease)
  expect((await queue.explain(task.id)).because).toBe('lease-over')
  // As if the lease had ended while nobody reached the server.
  const [seconds = 0] = await lab.redis.time()
  const [lease = ''] = await lab.redis.zrange(port.key('leases'), '0', '-1')
  await lab.redis.zadd(port.key('leases'), (seconds - 30) * 1_000, lease)
  await lab.redis.hset(port.key('meta'), 'seen', (seconds - 40) * 1_000)
  await port.worker().claim()
  const { because, facts } = await queue.explain(task.id)
  expect(because).toBe('recovery-pause')
  expect(facts.recoveryInMs).toBeGreaterThan(10_000)
})
