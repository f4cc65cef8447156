import { MqError } from '@mq/core'
import type { Broker } from '@mq/core'
import { describe, expect, it } from 'vitest'
import { openScene } from '../lab/scene.ts'
import type { Scene } from '../lab/scene.ts'
import { lasting, settled, until } from '../lab/until.ts'
import type { Settled } from '../lab/until.ts'

const GRACE_MS = 1_000

type Call = (broker: Broker) => Promise<unknown>

/** Calls that go on trying for `operationTimeoutMs`. */
const CALLS: Readonly<Record<string, Call>> = {
  enqueue: (broker) => broker.queue('q').enqueue(1),
  'enqueue with an own id': (broker) => broker.queue('q').enqueue(1, { id: 'mine' }),
  enqueueAll: (broker) => broker.queue('q').enqueueAll([{ payload: 1 }, { payload: 2 }]),
  status: (broker) => broker.queue('q').task('known').status(),
  'outcome at once': (broker) => broker.queue('q').task('known').outcome({ timeoutMs: 0 }),
  cancel: (broker) => broker.queue('q').task('known').cancel(),
  stats: (broker) => broker.queue('q').stats(),
  dead: (broker) => broker.queue('q').dead.list(),
  publish: (broker) => broker.channel('c').publish('m'),
}

/** Connected and warm brokers, and then the server stands still with its connections open. */
async function stoppedScene(count = 1, operationTimeoutMs?: number): Promise<{ scene: Scene; brokers: Broker[] }> {
  const scene = await openScene()
  const brokers = Array.from({ length: count }, () => scene.broker({ operationTimeoutMs }))
  for (const broker of brokers) {
    // Those that give a call little time may need more than one to connect.
    await broker.ready({ timeoutMs: 60_000 })
    await broker.queue('q').enqueue(0, { id: 'known', delayMs: 600_000 })
    await broker.queue('q').task('known').outcome({ timeoutMs: 1 })
    await broker.channel('c').publish('first')
  }
  scene.server.pause()
  return { scene, brokers }
}

/** Each call on a broker of its own, `crowd` times with 20 ms between; what took too long, by name. */
async function tooLate(crowd: number, operationTimeoutMs?: number): Promise<Record<string, number[]>> {
  const calls = Object.entries(CALLS)
  const { scene, brokers } = await stoppedScene(calls.length, operationTimeoutMs)
  await using _ = scene
  const withinMs = (operationTimeoutMs ?? 5_000) + GRACE_MS
  const late: Record<string, number[]> = {}
  await Promise.all(
    calls.map(async ([name, call], i) => {
      const ends: Promise<Settled<unknown>>[] = []
      for (let k = 0; k < crowd; k++) {
        ends.push(settled(call(brokers[i]!), 30_000))
        await lasting(20)
      }
      const known = await Promise.all(ends)
      for (const end of known)
        expect([name, end]).toMatchObject([name, { end: 'rejected', error: { code: 'unavailable' } }])
      if (known.some(({ tookMs }) => tookMs > withinMs)) late[name] = known.map(({ tookMs }) => tookMs)
    }),
  )
  return late
}

describe.concurrent('while the server stands still', () => {
  it('every call is refused within the time that calls are given', async () => {
    expect(await tooLate(1)).toEqual({})
  })

  it('every call is refused sooner when calls are given less', async () => {
    expect(await tooLate(1, 1_500)).toEqual({})
  })

  it('every call is refused in time in a crowd, too', async () => {
    expect(await tooLate(6)).toEqual({})
  })

  it('waiting for an end takes as long as it was told to, and no longer', async () => {
    const { scene, brokers } = await stoppedScene()
    await using _ = scene
    const [broker] = brokers as [Broker]
    const task = broker.queue('q').task('known')
    const [outcome, result, ready] = await Promise.all([
      settled(task.outcome({ timeoutMs: 1_000 }), 20_000),
      settled(task.result({ timeoutMs: 1_000 }), 20_000),
      settled(broker.ready({ timeoutMs: 1_000 }), 20_000),
    ])
    expect(outcome).toMatchObject({ end: 'resolved', value: { state: 'pending' } })
    expect(result).toMatchObject({ end: 'rejected', error: { code: 'wait-timeout' } })
    // It was ready, and nobody knows better yet.
    expect(ready.end).toBe('resolved')
    for (const end of [outcome, result]) expect(end.tookMs).toBeLessThan(1_000 + GRACE_MS)
  })

  const abortable: Readonly<Record<string, (broker: Broker, signal: AbortSignal) => Promise<unknown>>> = {
    enqueue: (broker, signal) => broker.queue('q').enqueue(1, { signal }),
    enqueueAll: (broker, signal) => broker.queue('q').enqueueAll([{ payload: 1 }], { signal }),
    outcome: (broker, signal) => broker.queue('q').task('known').outcome({ signal }),
    result: (broker, signal) => broker.queue('q').task('known').result({ signal }),
    progress: (broker, signal) => first(broker.queue('q').task('known').progress({ signal })),
    subscribe: (broker, signal) => broker.channel('c').subscribe(() => undefined, { signal }),
    messages: (broker, signal) => first(broker.channel('c').messages({ signal })),
  }
  for (const [name, call] of Object.entries(abortable)) {
    it(`${name} ends at once when its signal aborts`, async () => {
      const { scene, brokers } = await stoppedScene()
      await using _ = scene
      const end = await settled(call(brokers[0]!, AbortSignal.timeout(500)), 10_000)
      expect(end.end).toBeDefined()
      expect(end.tookMs).toBeLessThan(500 + GRACE_MS)
      if (end.end === 'rejected') expect(MqError.is(end.error)).toBe(false)
    })
  }

  it('a subscription that was asked for begins when the server goes on', async () => {
    const { scene, brokers } = await stoppedScene()
    await using _ = scene
    const news = brokers[0]!.channel('c')
    const heard: unknown[] = []
    const subscribed = settled(
      news.subscribe(({ payload }) => void heard.push(payload)),
      20_000,
    )
    await lasting(2_000)
    scene.server.resume()
    expect(await subscribed).toMatchObject({ end: 'resolved' })
    await news.publish('after')
    await until('the message', 5_000, () => heard.length > 0)
    expect(heard).toEqual(['after'])
  })
})

async function first(items: AsyncIterable<unknown>): Promise<unknown> {
  for await (const item of items) return item
  return undefined
}
