// Ids that are forgotten too soon: what was known of a finished id was gone after 311 ms of work, and a retry of its enqueue ran it again.
import { describe, expect, it } from 'vitest'
import { dump } from '../lab/dump.ts'
import { Lab } from '../lab/lab.ts'
import type { QueuePort } from '../lab/queue-port.ts'

/** More than the ring of results holds. */
const MUCH_WORK = 17_000

const lab = await Lab.start()

async function work(queue: QueuePort, count: number): Promise<void> {
  const worker = queue.worker()
  for (let done = 0; done < count; done += 1_000) {
    await queue.addMany(1_000)
    await worker.complete(...(await worker.claim()))
  }
}

describe('an enqueue that is repeated', () => {
  it('after much work adds nothing, and answers as the first did', async () => {
    const queue = await lab.queue()
    const other = await lab.queue(queue.name)
    const batch = queue.batch(['1', { id: 'mail', payload: '2' }, { delayMs: 1 }])
    const receipts = await queue.driver.enqueue(batch)
    await queue.makeDue()
    const worker = queue.worker()
    expect((await worker.drain()).length).toBe(3)
    await work(other, MUCH_WORK)
    const before = await dump(lab.redis, queue.name)

    expect(await queue.driver.enqueue(batch)).toEqual(receipts)
    expect(await dump(lab.redis, queue.name)).toEqual(before)
    expect(await worker.claim()).toEqual([])
  })

  it('answers "full" and "conflict" again as well', async () => {
    const queue = await lab.queue()
    await queue.add({ id: 'mail', payload: '1' })
    const batch = queue.batch([{ id: 'mail', payload: '2' }, '3', '4'], { capacity: 2 })
    const receipts = await queue.driver.enqueue(batch)
    expect(receipts.map(({ state }) => state)).toEqual(['conflict', 'accepted', 'full'])
    await queue.worker().drain()
    expect(await queue.driver.enqueue(batch)).toEqual(receipts)
    expect(await queue.stats()).toMatchObject({ waiting: 0 })
  })

  it('is refused when a newer one of its lane was answered', async () => {
    const queue = await lab.queue()
    const old = queue.batch(['1'])
    await queue.driver.enqueue(old)
    await queue.add('2')
    const before = await dump(lab.redis, queue.name)
    await expect(queue.driver.enqueue(old)).rejects.toMatchObject({ code: 'storage-refused' })
    expect(await dump(lab.redis, queue.name)).toEqual(before)
  })
})

describe("a caller's own id", () => {
  const task = { id: 'mail', payload: '{"to":"a"}' }

  async function ended(): Promise<{ queue: QueuePort; n: string }> {
    const queue = await lab.queue()
    const n = await queue.addOne(task)
    const worker = queue.worker()
    await worker.settle({ kind: 'complete', lease: (await worker.claimOne()).lease, id: 'mail' })
    return { queue, n }
  }

  it('stands for its ended task whatever the number of later ids', async () => {
    const { queue, n } = await ended()
    const worker = queue.worker()
    for (let done = 0; done < MUCH_WORK; done += 1_000) {
      const ids = Array.from({ length: 1_000 }, (_, i) => `other-${done + i}`)
      await queue.add(...ids.map((id) => ({ id, payload: '1' })))
      const claimed = await worker.claim()
      await worker.settle(...claimed.map(({ lease }, i) => ({ kind: 'complete', lease, id: ids[i] }) as const))
    }
    expect(await queue.offer([task])).toEqual([{ state: 'existing', n }])
  })

  it('stands for it 59 s after its end, then as long as its outcome is kept, and is free after that', async () => {
    const { queue, n } = await ended()
    await queue.ageEndedIds(59_000)
    expect(await queue.offer([task])).toEqual([{ state: 'existing', n }])
    await queue.ageEndedIds(2_000)
    expect(await queue.offer([task])).toEqual([{ state: 'existing', n }])
    await queue.dropOutcomes()
    // Looked at again a minute later.
    expect(await queue.offer([task])).toEqual([{ state: 'existing', n }])
    await queue.ageEndedIds(61_000)
    const [receipt] = await queue.offer([task])
    expect(receipt).toMatchObject({ state: 'accepted' })
    expect(receipt).not.toMatchObject({ n })
  })

  it('is the same whatever its header, and in conflict when its payload differs, alive or ended', async () => {
    const { queue, n } = await ended()
    const alive = { id: 'alive', payload: '1', header: '{"id":"alive"}' }
    const m = await queue.addOne(alive)
    const receipts = await queue.offer([
      { ...task, header: '{"id":"mail","headers":{"at":"now"}}', delayMs: 5, level: 9 },
      { ...task, payload: '{"to":"b"}' },
      { ...alive, header: '' },
      { ...alive, payload: '2' },
    ])
    expect(receipts).toEqual([
      { state: 'existing', n },
      { state: 'conflict', n },
      { state: 'existing', n: m },
      { state: 'conflict', n: m },
    ])
    expect(await queue.stats()).toMatchObject({ waiting: 1, delayed: 0 })
  })

  it('makes one task when it stands twice in a batch', async () => {
    const queue = await lab.queue()
    const [first, second, third] = await queue.offer([task, task, { ...task, payload: '"other"' }])
    expect(first).toMatchObject({ state: 'accepted' })
    expect(second).toEqual({ ...first, state: 'existing' })
    expect(third).toEqual({ ...first, state: 'conflict' })
    expect((await queue.worker().claim()).length).toBe(1)
  })

  it('in conflict keeps an atomic batch out, as a whole', async () => {
    const queue = await lab.queue()
    const n = await queue.addOne(task)
    const { oldestWaitMs: _, ...before } = await queue.stats()
    const receipts = await queue.offer(['1', { ...task, payload: '"other"' }, '2'], { atomic: true })
    expect(receipts[1]).toEqual({ state: 'conflict', n })
    expect(receipts.some(({ state }) => state === 'accepted')).toBe(false)
    expect(await queue.stats()).toMatchObject(before)
  })

  it('in a later life is not forgotten with the earlier one', async () => {
    const { queue, n } = await ended()
    await queue.ageEndedIds(61_000)
    await queue.dropOutcomes()
    const later = await queue.addOne(task)
    // What the first life left, once more: as if it had been forgotten late.
    await lab.redis.zadd(queue.key('ended'), 1, `${n}|mail`)
    expect(await queue.offer([task])).toEqual([{ state: 'existing', n: later }])
  })

  it('leaves nothing behind once it is forgotten', async () => {
    const queue = await lab.queue()
    const worker = queue.worker()
    const ids = Array.from({ length: 500 }, (_, i) => `id-${i}`)
    await queue.add(...ids.map((id) => ({ id, payload: '1' })))
    const claimed = await worker.claim()
    await worker.settle(...claimed.map(({ lease }, i) => ({ kind: 'complete', lease, id: ids[i] }) as const))
    await queue.ageEndedIds(61_000)
    await queue.dropOutcomes()
    await queue.add(...ids.map((id) => ({ id: `${id}-later`, payload: '1' })))
    expect(await lab.redis.hlen(queue.key('ids'))).toBe(500)
    expect(await lab.redis.zcard(queue.key('ended'))).toBe(0)
  })
})
