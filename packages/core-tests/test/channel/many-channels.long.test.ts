import { createBroker, silentLogger } from '@mq/core'
import type { Adapter, ChannelGap, Logger, PatternListener } from '@mq/core'
import { createVirtualClock } from '@mq/core/testing'
import { memoryAdapter } from '@mq/memory-adapter'
import { expect, it } from 'vitest'

/** A storage whose patterns say what the test says. */
function bench(): { adapter: Adapter; say: (channel: string, n: number) => void; asked: string[] } {
  let ear: PatternListener | undefined
  const asked: string[] = []
  const inner = memoryAdapter()
  const adapter: Adapter = {
    ...inner,
    open: (environment) => ({
      ...inner.open(environment),
      close: async () => undefined,
      pattern: () => ({
        subscribe: async (listener) => {
          ear = listener
          return { live: true, close: async () => undefined }
        },
        mark: async (channel) => {
          asked.push(channel)
          return { epoch: 'e', n: 1 }
        },
      }),
    }),
  }
  return { adapter, asked, say: (channel, n) => ear!.onFrame(channel, { epoch: 'e', n, bodies: ['1'] }) }
}

it('of more channels than 100,000 the quietest is not followed any more, which is said once; the last 1,000 are asked', async () => {
  const { adapter, say, asked } = bench()
  const clock = createVirtualClock()
  const warnings: string[] = []
  const logger: Logger = { ...silentLogger, warn: (_, message) => void warnings.push(message) }
  const gaps: unknown[] = []
  const broker = createBroker(adapter, { clock, logger })
  const onGap = ({ channel, size }: ChannelGap): void => void gaps.push([channel, size])
  await broker.pattern('c.*').subscribe(() => undefined, { onGap })
  for (let i = 0; i < 100_002; i++) {
    say(`c.${i}`, 1)
    if (i % 500 === 0) await clock.advance(0)
  }
  expect(warnings.filter((message) => message.includes('more channels match'))).toHaveLength(1)
  // The first two are forgotten: the hole of one is taken for a beginning.
  for (const i of [100_001, 2, 0]) say(`c.${i}`, 5)
  await clock.advance(0)
  expect(gaps).toEqual([
    ['c.100001', 3],
    ['c.2', 3],
  ])
  await clock.advance(2_000)
  await clock.advance(2_000)
  expect(new Set(asked).size).toBe(1_000)
  await broker.close()
})
