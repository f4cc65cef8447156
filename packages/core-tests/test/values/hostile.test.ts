import { memoryAdapter } from '@mq/memory-adapter'
import { createBroker, defineChannel, MqError, silentLogger } from '@mq/core'
import { createTestBroker } from '@mq/core/testing'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { CHANNEL_PLACES, owned, QUEUE_PLACES, sceneOf } from './hostile-places.ts'
import type { Subscribe, Surroundings } from './hostile-places.ts'
import { HOSTILE } from './hostile-values.ts'

const DEEDS: readonly (readonly [string, (make: () => unknown) => () => never])[] = [
  [
    'throws',
    (make) => () => {
      throw make()
    },
  ],
  ['answers with', (make) => make as () => never],
  ['rejects with', (make) => (() => Promise.reject(owned(make()) as Error)) as () => never],
]
const TABLE = DEEDS.flatMap(([verb, deed]) => HOSTILE.map(([name, make]) => [`${verb} ${name}`, deed(make)] as const))

/** What nobody awaits ends a process. */
let unhandled = 0
const note = (): void => void unhandled++
beforeAll(() => {
  process.on('unhandledRejection', note)
  process.on('uncaughtException', note)
  vi.spyOn(console, 'error').mockImplementation(() => undefined)
  vi.spyOn(console, 'warn').mockImplementation(() => undefined)
})
afterAll(() => {
  process.off('unhandledRejection', note)
  process.off('uncaughtException', note)
  vi.restoreAllMocks()
})
describe('whatever a user hands over, its worker lives on', () => {
  it.each(QUEUE_PLACES)('from %s', async (_, place) => {
    expect(await whatGoesWrong((deed) => tryQueue(place, deed))).toEqual([])
  })
})

describe('whatever a user hands over, its feed goes on', () => {
  it.each(CHANNEL_PLACES)('from %s', async (_, subscribe) => {
    expect(await whatGoesWrong((deed) => tryChannel(subscribe, deed))).toEqual([])
  })
})

/** The deeds after which something is not as it should be. */
async function whatGoesWrong(attempt: (deed: () => never) => Promise<boolean>): Promise<string[]> {
  const wrong: string[] = []
  for (const [name, deed] of TABLE) {
    unhandled = 0
    const isWell = await attempt(deed).catch(() => false)
    await new Promise((resolve) => setImmediate(resolve))
    if (!isWell || unhandled > 0) wrong.push(name)
  }
  return wrong
}

async function tryQueue(place: Surroundings, deed: () => never): Promise<boolean> {
  const { definition, handler, options, broker: own } = sceneOf(place, deed)
  const broker = createTestBroker(memoryAdapter(), own)
  const queue = broker.queue(definition)
  const worker = queue.process(handler, { concurrency: 2, ...options })
  const bad: unknown = await queue.enqueue('bad').catch((error: unknown) => error)
  const good = await queue.enqueue('good')
  await broker.drain()
  const { running, buffered } = worker.stats()
  const left = await queue.stats()
  const { state } = await good.outcome({ timeoutMs: 0 })
  await broker.close()
  const isRefusedWell = !(bad instanceof Error) || MqError.is(bad) || bad instanceof TypeError
  return state === 'completed' && running + buffered + left.waiting + left.delayed + left.running === 0 && isRefusedWell
}

async function tryChannel(subscribe: Subscribe, deed: () => never): Promise<boolean> {
  const adapter = memoryAdapter()
  const broker = createTestBroker(adapter)
  const heard = await subscribe({ broker, deed })
  // With a definition of its own, as another program has.
  const publisher = createBroker(adapter, { clock: broker.clock, logger: silentLogger })
  const channel = publisher.channel(defineChannel({ name: 'c', history: { maxCount: 100 } }))
  await channel.publishAll(['bad', 'bad', 'bad'].map((message) => ({ message })))
  await broker.clock.advance(5_000)
  await channel.publish('good')
  await broker.clock.advance(5_000)
  await publisher.close()
  await broker.close()
  return heard()
}
