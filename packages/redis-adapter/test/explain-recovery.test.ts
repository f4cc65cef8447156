import { expect, it } from 'vitest'
import { Lab } from './lab.ts'

const lab = await Lab.start()

it('explains that a lost lease waits for workers that an outage cut off', async () => {
  const port = await lab.queue()
  const queue = (await lab.broker()).queue(port.name)
  const task = await queue.enqueue(1)
  await port.lapse((await port.worker().claimOne()).lease)
  expect((await queue.explain(task.id)).because).toBe('lease-over')
  const [seconds = 0] = await lab.redis.time()
  await lab.redis.hset(port.key('meta'), 'recoverAfter', `${seconds + 20}000`)
  const { because, facts } = await queue.explain(task.id)
  expect(because).toBe('recovery-pause')
  expect(facts.recoveryInMs).toBeGreaterThan(10_000)
})
