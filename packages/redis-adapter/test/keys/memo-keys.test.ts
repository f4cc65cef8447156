import { describe, expect, it } from 'vitest'
import { dump } from '../lab/dump.ts'
import { Lab } from '../lab/lab.ts'

const lab = await Lab.start()

describe('where memos are kept', () => {
  it('a key of a wrong type stops a recovery before it has moved anything', async () => {
    const queue = await lab.queue()
    await queue.addMany(2)
    const crashed = queue.worker()
    await queue.lapse((await crashed.claimOne()).lease)
    await lab.redis.set(queue.key('notes'), 'wrong')
    const before = await dump(lab.redis, queue.name)
    await expect(queue.worker().claim()).rejects.toMatchObject({ code: 'storage-refused' })
    expect(await dump(lab.redis, queue.name)).toEqual(before)
  })
})

describe('an enqueue that displaces', () => {
  it('has forgotten no id when a key of a wrong type stops it', async () => {
    const queue = await lab.queue()
    const worker = queue.worker()
    await queue.add({ id: 'old' })
    await worker.settle({ kind: 'complete', lease: (await worker.claimOne()).lease, id: 'old' })
    await queue.ageEndedIds(61_000)
    await queue.dropOutcomes()
    await lab.redis.set(queue.key('graves'), 'wrong')
    const before = await dump(lab.redis, queue.name)
    const batch = queue.offer([{ id: 'new' }], { capacity: 1, displace: true })
    await expect(batch).rejects.toMatchObject({ code: 'storage-refused' })
    expect(await dump(lab.redis, queue.name)).toEqual(before)
  })
})
