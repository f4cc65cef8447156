import { expect, it } from 'vitest'
import { Lab } from '../lab/lab.ts'

const lab = await Lab.start()

// A thousand tasks of 1 MB at once held the server up for seconds, and took it 1 GB of memory.
it('a purge reads a few MB in one call, and says that there is more', async () => {
  const queue = await lab.queue()
  const payload = 'x'.repeat(1_000_000)
  for (let i = 0; i < 50; i++) await queue.addOne({ payload })
  const purge = { kind: 'purge', state: 'waiting', reason: 'no', limit: 1_000 } as const
  let [changed, more, calls] = [0, true, 0]
  for (; more; calls++) {
    const reply = await queue.driver.apply(purge)
    expect(reply.changed).toBeLessThanOrEqual(4)
    changed += reply.changed
    more = reply.more === true
  }
  expect([changed, calls]).toEqual([50, 13])

  await queue.addMany(1_000)
  expect(await queue.driver.apply(purge)).toEqual({ changed: 1_000, more: false })
})
