import { createAppLogger } from '@mq/app-kit'
import { feed, pubsub } from '@mq/contracts'
import type { Sighting } from '@mq/contracts'
import { createBroker } from '@mq/core'
import { memoryAdapter } from '@mq/memory-adapter'
import { describe, expect, it, onTestFinished, vi } from 'vitest'
import { pubsubHandler } from '../src/handlers/pubsub.ts'
import { startSubscribers } from '../src/start-subscribers.ts'

function logTo(lines: string[]) {
  return createAppLogger({ app: 'test', level: 'info', destination: { write: (line) => lines.push(line) } })
}

describe('the subscriber of pubsub', () => {
  it('prints each message in order, and tells the page', async () => {
    const lines: string[] = []
    const logger = logTo(lines)
    const broker = createBroker(memoryAdapter(), { logger })
    onTestFinished(() => broker.close())
    const sightings: Sighting[] = []
    await broker.channel(feed).subscribe(({ payload }) => sightings.push(payload))
    const { signal } = new AbortController()
    const service = await startSubscribers({ broker, logger, instance: 'subscriber-1', signal })

    for (const element of [3, 1, 4]) await broker.channel(pubsub).publish(element)
    await vi.waitFor(() => expect(sightings).toHaveLength(3))
    expect(lines.map((line) => JSON.parse(line))).toMatchObject([
      { msg: 'Message get 3', n: 1, element: 3, subscriber: 'subscriber-1' },
      { msg: 'Message get 1', n: 2 },
      { msg: 'Message get 4', n: 3 },
    ])
    expect(sightings[0]).toMatchObject({ kind: 'message', n: 1, element: 3, subscriber: 'subscriber-1' })
    await service.close({ deadlineMs: 1_000 })
  })

  it('prints what was lost', () => {
    const lines: string[] = []
    const { onGap } = pubsubHandler({ logger: logTo(lines), subscriber: 'subscriber-1', announce: () => undefined })
    onGap({ size: 3, cause: 'transport' })
    expect(JSON.parse(String(lines[0]))).toMatchObject({ level: 'warn', msg: 'messages were lost', size: 3 })
  })
})
