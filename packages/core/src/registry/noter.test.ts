import { expect, it } from 'vitest'
import { silentLogger } from '../logger.ts'
import type { Registry, RegistryNews } from '../ports/registry.ts'
import type { Services } from '../services/services.ts'
import { createVirtualClock } from '../testing/virtual-clock.ts'
import { Noter } from './noter.ts'
import type { NotableWorker } from './noter.ts'

function aWorker(i: number): NotableWorker {
  const facts = { id: `w${i}`, name: `q${i}`, concurrency: 1, running: 0, state: 'working', aliveMs: 1 } as const
  return {
    facts: () => facts,
    quiet: async () => undefined,
    resume: () => undefined,
    stop: () => undefined,
    tick: () => undefined,
  }
}

it('notes a thousand workers in one call, and more in as many as that takes', async () => {
  const clock = createVirtualClock()
  const news: RegistryNews[] = []
  const note = async (given: RegistryNews): Promise<readonly never[]> => {
    news.push(given)
    return []
  }
  const registry = { note } as unknown as Registry
  const closed = new AbortController().signal
  const logger = silentLogger
  const services = { clock, logger, operationTimeoutMs: 1_000, closed } as unknown as Services
  const noter = new Noter(registry, services, () => false)
  const seen = (): unknown[] => {
    const counts = news.map(({ used, working, left }) => [used?.length, working?.length, left?.length])
    news.length = 0
    return counts
  }
  const leave = Array.from({ length: 1_000 }, (_, i) => noter.join(aWorker(i), 'queue', `q${i}`))
  await clock.advance(0)
  expect(seen()).toEqual([[1_000, 1_000, 0]])
  for (let i = 1_000; i < 2_001; i++) leave.push(noter.join(aWorker(i), 'queue', `q${i}`))
  await clock.advance(0)
  expect(seen()).toEqual([
    [1_000, 1_000, 0],
    [1, 1, 0],
  ])
  await clock.advance(20_000)
  const report = [
    [0, 1_000, 0],
    [0, 1_000, 0],
    [0, 1, 0],
  ]
  expect(seen()).toEqual([...report, ...report])
  for (const end of leave) end()
  await clock.advance(0)
  expect(seen()).toEqual([
    [0, 0, 1_000],
    [0, 0, 1_000],
    [0, 0, 1],
  ])
  await noter.close(clock.now() + 100)
  expect(clock.nextInMs).toBeUndefined()
})
