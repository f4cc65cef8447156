import { createVirtualClock } from '@mq/core/testing'
import { memoryAdapter } from '@mq/memory-adapter'
import { describe, expect, it } from 'vitest'
import { bench, environment } from './bench.ts'

const TASK = { level: 4, delayMs: 0, header: '', payload: '1' }

describe('the participants of a memory adapter', () => {
  it('share a storage with each other, and none with another adapter', async () => {
    const clock = createVirtualClock()
    const adapter = memoryAdapter()
    const [one, same, other] = [adapter, adapter, memoryAdapter()].map((each) => each.open(environment(clock)))
    await one!.queue('q').enqueue({ lane: 'p', seq: 1, atomic: false, tasks: [TASK] })
    expect((await same!.queue('q').stats()).waiting).toBe(1)
    expect((await other!.queue('q').stats()).waiting).toBe(0)
  })

  it('live by the clock of the one that was there first', async () => {
    const [first, second] = [createVirtualClock(), createVirtualClock({ startMs: 1_000_000 })]
    const adapter = memoryAdapter()
    adapter.open(environment(first))
    const queue = adapter.open(environment(second)).queue('q')
    const [receipt] = await queue.enqueue({ lane: 'p', seq: 1, atomic: false, tasks: [{ ...TASK, delayMs: 1_000 }] })
    const ref = { n: (receipt as { n: string }).n }
    await second.advance(500)
    expect(await queue.read([ref])).toMatchObject([{ dueInMs: 1_000 }])
    await first.advance(400)
    expect(await queue.read([ref])).toMatchObject([{ dueInMs: 600 }])
  })

  it('never ask for a timer: an adapter decides nothing', async () => {
    const clock = createVirtualClock()
    const schedule = (): never => {
      throw new Error('the memory adapter has no timers')
    }
    const queue = memoryAdapter()
      .open(environment({ ...clock, schedule }))
      .queue('q')
    await queue.enqueue({ lane: 'p', seq: 1, atomic: false, tasks: [TASK, { ...TASK, delayMs: 5 }] })
    const turn = { lane: 'w', repeat: false, settlements: [], want: 9, maxBytes: 9, leaseMs: 5, keepResults: true }
    await queue.settleAndClaim({ ...turn, seq: 1, awaitWork: true })
    await clock.advance(10)
    expect((await queue.settleAndClaim({ ...turn, seq: 2, awaitWork: true })).claimed).toHaveLength(2)
  })

  it('surface a listener that throws, and tell the next', async () => {
    const { queue, turn, add, errors } = bench()
    const heard: string[] = []
    await queue.listen(() => {
      throw new Error('a bad listener')
    })
    await queue.listen(({ kind }) => heard.push(kind))
    await turn({ want: 1, awaitWork: true })
    await add({})
    expect(heard).toEqual(['work'])
    expect(errors.map(({ message }) => message)).toEqual(['a bad listener'])
  })

  it('are passed over by a wake-up when they no longer listen', async () => {
    const adapter = memoryAdapter()
    const clock = createVirtualClock()
    const heard: string[] = []
    for (const name of ['deaf', 'listening']) {
      const queue = adapter.open(environment(clock)).queue('q')
      const subscription = await queue.listen(() => heard.push(name))
      const turn = { repeat: false, settlements: [], want: 1, maxBytes: 9, leaseMs: 5, keepResults: true }
      await queue.settleAndClaim({ ...turn, lane: name, seq: 1, awaitWork: true })
      if (name === 'deaf') await subscription.close()
    }
    await adapter
      .open(environment(clock))
      .queue('q')
      .enqueue({ lane: 'p', seq: 1, atomic: false, tasks: [TASK] })
    expect(heard).toEqual(['listening'])
  })

  it('hear nothing more of a channel once they closed its subscription', async () => {
    const { storage } = bench()
    const heard: unknown[] = []
    const channel = storage.channel('c')
    const subscription = await channel.subscribe({
      onFrame: (frame) => heard.push(frame),
      onMalformed: () => {},
      onInterruption: () => {},
    })
    await Promise.all([channel.publish(['"under way"']), subscription.close()])
    expect(heard).toEqual([])
  })

  it('leave nothing behind that would be told to them', async () => {
    const { storage, queue, add, turn, errors } = bench()
    const heard: string[] = []
    const [n] = await add({})
    const { claimed } = await turn({ want: 1 })
    await turn({ want: 1, awaitWork: true })
    await queue.read([{ n: n! }], { watch: true })
    await queue.listen(({ kind }) => heard.push(kind))
    const ended = turn({ settlements: [{ kind: 'complete', lease: claimed[0]!.lease }] })
    await storage.close()
    await ended
    expect([heard, errors]).toEqual([[], []])
  })
})
