// An id that stays taken means a task that is silently not added.
import { describe, expect, it } from 'vitest'
import { Lab } from '../lab/lab.ts'

const lab = await Lab.start()

describe("a caller's own id", () => {
  it('is free when nothing is kept of its task any more, however many others are looked after', async () => {
    const queue = await lab.queue()
    const worker = queue.worker()
    const ids = Array.from({ length: 1_000 }, (_, i) => `dead-${i}`)
    await queue.add(...ids.map((id) => ({ id, header: `{"id":"${id}"}` })))
    const dead = await worker.claim()
    await worker.settle(
      ...dead.map(({ lease }, i) => ({ kind: 'bury', lease, id: ids[i], reason: 'bad', detail: '' }) as const),
    )
    const n = await queue.addOne({ id: 'daily' })
    await worker.settle({ kind: 'complete', lease: (await worker.claimOne()).lease, id: 'daily' })
    // An hour later: the outcome is gone, the dead letters are not.
    await queue.ageEndedIds(3_700_000)
    await queue.dropOutcomes()
    expect(await queue.offer([{ id: 'daily' }])).toMatchObject([{ state: 'accepted' }])
    expect(n).toBeDefined()
  })
})
