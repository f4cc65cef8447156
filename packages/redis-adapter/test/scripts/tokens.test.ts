// Settlements of a zombie: with tokens of the form id:attempt, a zombie of an earlier life committed the later one.
import { describe, expect, it } from 'vitest'
import { Lab } from '../lab/lab.ts'
import type { WorkerLane } from '../lab/worker-lane.ts'
import { eventually } from '../lab/eventually.ts'

const lab = await Lab.start()

describe('a lease token', () => {
  it('is never given again, however the lease before it ended', async () => {
    const queue = await lab.queue()
    await queue.add('1')
    const worker = queue.worker()
    const tokens: string[] = []
    const claim = async (): Promise<string> => {
      const { lease } = await worker.claimSoon()
      tokens.push(lease)
      return lease
    }
    await worker.settle({ kind: 'release', lease: await claim() })
    await worker.settle({ kind: 'retry', lease: await claim(), delayMs: 0, charge: true })
    await worker.settle({ kind: 'retry', lease: await claim(), delayMs: 0, charge: false })
    await worker.settle({ kind: 'retry', lease: await claim(), delayMs: 1, charge: true })
    await queue.lapse(await claim())
    await claim()
    expect(new Set(tokens).size).toBe(6)
  })

  it('does not let a worker that stood still settle what another one claimed meanwhile', async () => {
    const queue = await lab.queue()
    const n = await queue.addOne('1')
    const [zombie, owner] = [queue.worker(), queue.worker()]
    const before = await zombie.claimOne()
    await queue.lapse(before.lease)
    const task = await owner.claimOne()
    expect(task).toMatchObject({ n, crashes: 1 })

    expect(await zombie.settle({ kind: 'complete', lease: before.lease, result: '"of the zombie"' })).toEqual([0])
    expect(await queue.driver.extend([before.lease, task.lease], 30_000)).toEqual(['lost', 'held'])
    expect(await owner.settle({ kind: 'complete', lease: task.lease, result: '"of the owner"' })).toEqual([])
    expect(await queue.read(n)).toMatchObject({ outcome: { state: 'completed', body: '"of the owner"' } })
  })

  it('of an earlier life of an id does not settle the later life', async () => {
    const queue = await lab.queue()
    const [zombie, owner] = [queue.worker(), queue.worker()]
    const task = { id: 'mail', payload: '1' }
    await queue.add(task)
    const first = await zombie.claimOne()
    await queue.lapse(first.lease)
    const second = await owner.claimOne()
    await owner.settle({ kind: 'complete', lease: second.lease, id: 'mail' })
    await queue.ageEndedIds(61_000)
    await queue.dropOutcomes()
    const n = await queue.addOne(task)
    const third = await owner.claimOne()

    for (const stale of [first, second]) {
      expect(await zombie.settle({ kind: 'complete', lease: stale.lease, id: 'mail', result: '"old"' })).toEqual([0])
    }
    expect(await owner.settle({ kind: 'complete', lease: third.lease, id: 'mail', result: '"new"' })).toEqual([])
    expect(await queue.read(n)).toMatchObject({ outcome: { body: '"new"' } })
  })

  const endings: [string, (worker: WorkerLane, lease: string) => Promise<unknown>][] = [
    ['complete', (worker, lease) => worker.settle({ kind: 'complete', lease })],
    ['retry', (worker, lease) => worker.settle({ kind: 'retry', lease, delayMs: 0, charge: true })],
    ['release', (worker, lease) => worker.settle({ kind: 'release', lease })],
    ['bury', (worker, lease) => worker.settle({ kind: 'bury', charge: false, lease, reason: 'bad', detail: '' })],
    ['expire', (worker, lease) => worker.settle({ kind: 'expire', lease })],
  ]
  it.each(endings)('settles once only, the first time by %s', async (_kind, end) => {
    const queue = await lab.queue()
    const n = await queue.addOne('1')
    const worker = queue.worker()
    const { lease } = await worker.claimOne()
    await end(worker, lease)
    const after = await queue.read(n)
    const { oldestWaitMs: _, ...stats } = await queue.stats()

    const stale = await worker.settle(
      { kind: 'complete', lease, result: '"twice"' },
      { kind: 'bury', charge: false, lease, reason: 'twice', detail: '' },
      { kind: 'release', lease },
      { kind: 'retry', lease, delayMs: 0, charge: true },
      { kind: 'expire', lease },
    )
    expect(stale).toEqual([0, 1, 2, 3, 4])
    expect(await queue.read(n)).toEqual(after)
    expect(await queue.stats()).toMatchObject(stats)
  })

  it.each(endings.map(([kind]) => kind))(
    'settles once only when one turn bears it twice, first to %s',
    async (kind) => {
      const queue = await lab.queue()
      const n = await queue.addOne('1')
      const worker = queue.worker()
      const { lease } = await worker.claimOne()
      const first = {
        kind,
        lease,
        delayMs: 60_000,
        charge: true,
        reason: 'first',
        detail: '',
        result: '"first"',
      } as never
      const stale = await worker.settle(
        first,
        { kind: 'bury', charge: false, lease, reason: 'twice', detail: '' },
        { kind: 'complete', lease, result: '"twice"' },
        { kind: 'release', lease },
      )
      expect(stale).toEqual([1, 2, 3])
      expect(JSON.stringify(await queue.read(n))).not.toContain('twice')
      expect(await queue.redis.zcard(queue.key('dead'))).toBe(kind === 'bury' ? 1 : 0)
      expect((await worker.claim()).length).toBe(kind === 'release' ? 1 : 0)
    },
  )

  it('that was lost reports nothing', async () => {
    const queue = await lab.queue()
    const n = await queue.addOne('1')
    const [zombie, owner] = [queue.worker(), queue.worker()]
    const before = await zombie.claimOne()
    await queue.lapse(before.lease)
    const task = await owner.claimOne()
    await queue.driver.note([
      { lease: task.lease, kind: 'progress', body: '"of the owner"' },
      { lease: before.lease, kind: 'progress', body: '"of the zombie"' },
    ])
    expect(await queue.read(n)).toMatchObject({ state: 'running', progress: '"of the owner"' })
  })
})

describe('numbers and fences', () => {
  it('go on upwards when the counters are lost', async () => {
    const queue = await lab.queue()
    const worker = queue.worker()
    const before = await queue.addMany(100)
    const fences = (await worker.claim(100)).map((task) => task.fence)
    await queue.redis.del(queue.key('meta'))
    const after = await queue.addMany(100)
    fences.push(...(await worker.claim(100)).map((task) => task.fence))

    expect(fences.length).toBe(200)
    expect(Number(after[0])).toBeGreaterThan(Number(before.at(-1)))
    expect(fences.every((fence, i) => i === 0 || fence > fences[i - 1]!)).toBe(true)
  })

  it('go up over releases, retries and lost leases', async () => {
    const queue = await lab.queue()
    await queue.add('1')
    const worker = queue.worker()
    const fences: number[] = []
    for (const kind of ['release', 'retry', 'lapse'] as const) {
      const task = await worker.claimSoon()
      fences.push(task.fence)
      if (kind === 'lapse') await queue.lapse(task.lease)
      else if (kind === 'release') await worker.settle({ kind, lease: task.lease })
      else await worker.settle({ kind, lease: task.lease, delayMs: 0, charge: true })
    }
    fences.push((await eventually(() => worker.claim(1), 'the task again'))[0]!.fence)
    expect(fences).toEqual([...fences].sort((a, b) => a - b))
    expect(new Set(fences).size).toBe(4)
  })
})
