import { afterEach, describe, expect, it } from 'vitest'
import { Lab } from '../lab/lab.ts'

const lab = await Lab.start({ args: ['--maxmemory-policy', 'noeviction'] })
const setLimit = (bytes: number): Promise<unknown> => lab.redis.call('CONFIG', 'SET', 'maxmemory', String(bytes))
afterEach(() => setLimit(0))

describe('an enqueue that is repeated when the memory of the server is full', () => {
  it('is answered as the first time if it was done, and refused if it was not', async () => {
    const queue = await lab.queue()
    const done = queue.batch(['1', { id: 'mine' }])
    const receipts = await queue.driver.enqueue(done)
    await setLimit(1)
    expect(await queue.driver.enqueue(done)).toEqual(receipts)
    const next = queue.batch(['2'])
    await expect(queue.driver.enqueue(next)).rejects.toMatchObject({ code: 'storage-full' })
    await expect(queue.driver.enqueue(next)).rejects.toMatchObject({ code: 'storage-full' })
    expect(await queue.stats()).toMatchObject({ waiting: 2 })
  })
})
