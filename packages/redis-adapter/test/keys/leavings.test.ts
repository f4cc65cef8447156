// What tasks leave behind that end without a worker, and what must stay for those that live again.
import { describe, expect, it } from 'vitest'
import { Lab } from '../lab/lab.ts'
import type { QueuePort } from '../lab/queue-port.ts'

const lab = await Lab.start()
const OWN = { id: 'own', header: '{"id":"own"}' }

/** A waiting task that failed once, lost its worker once, and has noted a memo, its progress and a line. */
async function worn(queue: QueuePort): Promise<string> {
  const n = await queue.addOne(OWN)
  const worker = queue.worker()
  await queue.lapse((await worker.claimOne()).lease)
  const { lease } = await worker.claimOne()
  await queue.driver.note([
    { lease, kind: 'memo', body: '[]' },
    { lease, kind: 'progress', body: '1' },
    { lease, kind: 'log', body: '"a line"' },
  ])
  await worker.settle({ kind: 'retry', lease, delayMs: 0, charge: true, error: '{}' })
  return n
}

/** Of the parts that tasks fill one by one. */
async function filled(queue: QueuePort): Promise<string[]> {
  const parts = ['tasks', 'runs', 'crashes', 'failures', 'notes', 'waiters', 'leases', 'dead', 'graves']
  const there = await Promise.all(parts.map((part) => lab.redis.exists(queue.key(part))))
  return parts.filter((_, i) => there[i] === 1)
}

/** Nothing is kept of any ended task by now. */
async function longAfter(queue: QueuePort): Promise<void> {
  await queue.ageEndedIds(61_000)
  await queue.dropOutcomes()
  await queue.offer([{ id: 'another' }])
}

describe('nothing is left of a task', () => {
  it('that was purged', async () => {
    const queue = await lab.queue()
    await worn(queue)
    expect(await filled(queue)).toEqual(['tasks', 'runs', 'crashes', 'failures', 'notes'])
    await queue.driver.apply({ kind: 'purge', state: 'waiting', reason: '', limit: 10 })
    expect(await filled(queue)).toEqual([])
    await longAfter(queue)
    expect(await lab.redis.hkeys(queue.key('ids'))).toEqual(['another'])
  })

  it('that was completed, or died and was discarded', async () => {
    const queue = await lab.queue()
    await worn(queue)
    const worker = queue.worker()
    await worker.settle({ kind: 'complete', lease: (await worker.claimOne()).lease, id: 'own' })
    expect(await filled(queue)).toEqual([])
    const n = await queue.addOne('1')
    const { lease } = await worker.claimOne()
    await queue.driver.note([{ lease, kind: 'log', body: '"a line"' }])
    await worker.settle({ kind: 'bury', lease, reason: 'bad', detail: '' })
    expect(await filled(queue)).toEqual(['dead', 'graves'])
    await queue.driver.apply({ kind: 'discard', tasks: [n] })
    expect(await filled(queue)).toEqual([])
  })

  it('that was cancelled', async () => {
    const queue = await lab.queue()
    await queue.cancel(await worn(queue))
    expect(await filled(queue)).toEqual([])
    await longAfter(queue)
    expect(await lab.redis.hkeys(queue.key('ids'))).toEqual(['another'])
  })

  it('that was displaced, then discarded', async () => {
    const queue = await lab.queue()
    const n = await worn(queue)
    await queue.offer(['1'], { capacity: 1, displace: true })
    await queue.worker().drain()
    expect(await filled(queue)).toEqual(['dead', 'graves'])
    await queue.driver.apply({ kind: 'discard', tasks: [n] })
    expect(await filled(queue)).toEqual([])
    await longAfter(queue)
    expect(await lab.redis.hkeys(queue.key('ids'))).toEqual(['another'])
  })
})

describe('what must stay', () => {
  // Forgotten with the life before, it would be free, and a second task of that id would run beside the first.
  it('is the id of a letter that lives again, however long ago it died', async () => {
    const queue = await lab.queue()
    const n = await queue.addOne(OWN)
    const worker = queue.worker()
    const { lease } = await worker.claimOne()
    await worker.settle({ kind: 'bury', lease, id: 'own', reason: 'bad', detail: '' })
    await queue.driver.apply({ kind: 'redrive', tasks: [{ n, delayMs: 0 }] })
    await longAfter(queue)
    expect(await queue.offer([OWN])).toEqual([{ state: 'existing', n }])
  })
})

describe('a key of a deduplication', () => {
  it('is free when its window is over, though nobody has forgotten it yet', async () => {
    const queue = await lab.queue()
    const keyed = { dedupe: { key: 'k', windowMs: 1 } }
    const n = await queue.addOne(keyed)
    // As if many others were forgotten before it.
    await lab.redis.del(queue.key('ended'))
    await expect.poll(async () => (await queue.offer([keyed]))[0]?.state).toBe('accepted')
    expect(n).not.toBe('')
  })
})

describe('a paused queue', () => {
  it('recovers what is lost, so that it can be seen, cancelled and purged', async () => {
    const queue = await lab.queue()
    const n = await queue.addOne('1')
    const worker = queue.worker()
    await queue.lapse((await worker.claimOne()).lease)
    await queue.driver.apply({ kind: 'pause' })
    expect(await worker.claim()).toEqual([])
    expect(await queue.read(n)).toEqual({ state: 'waiting', n })
    expect(await queue.stats()).toMatchObject({ waiting: 1, running: 0, paused: true })
  })
})
