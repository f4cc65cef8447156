import { createAppLogger, readEnv } from '@mq/app-kit'
import { feed, pubsub, pubsubLog } from '@mq/contracts'
import type { Sighting } from '@mq/contracts'
import { createBroker } from '@mq/core'
import type { Broker } from '@mq/core'
import { memoryAdapter } from '@mq/memory-adapter'
import { describe, expect, it, onTestFinished, vi } from 'vitest'
import { workerPubsubEnv } from '../src/env.ts'
import logListener from '../src/handlers/pubsub-log.ts'
import listener from '../src/handlers/pubsub.ts'
import type { Listener } from '../src/listen.ts'
import { startSubscribers } from '../src/start-subscribers.ts'

function logTo(lines: string[]) {
  return createAppLogger({ app: 'test', level: 'info', destination: { write: (line) => lines.push(line) } })
}

/** What a listener gives to the broker. */
interface Given {
  onGap(gap: unknown): void
  onLost(size: number): void
}

/** What a listener logs and shows of something that its broker reports. */
async function reported(heard: Listener, report: (given: Given) => void) {
  const [lines, sightings]: [string[], Sighting[]] = [[], []]
  let given: Given | undefined
  const channel = () => ({
    subscribe: async (_onMessage: unknown, options: Given) => void (given = options),
    consume: async (_group: string, _onMessage: unknown, options: Given) => void (given = options),
  })
  await heard.start({
    broker: { channel } as unknown as Broker,
    logger: logTo(lines),
    instance: 'listener-1',
    env: readEnv(workerPubsubEnv, {}),
    announce: (sighting) => void sightings.push(sighting),
  })
  report(given!)
  return { said: JSON.parse(String(lines[0])) as unknown, sightings }
}

/** A broker in memory, and what was said and shown. */
async function setUp() {
  const lines: string[] = []
  const logger = logTo(lines)
  const broker = createBroker(memoryAdapter(), { logger })
  onTestFinished(() => broker.close())
  const sightings: Sighting[] = []
  await broker.channel(feed).subscribe(({ payload }) => sightings.push(payload))
  const start = (instance: string, GROUP = 'audit') =>
    startSubscribers({
      broker,
      logger,
      instance,
      env: readEnv(workerPubsubEnv, { GROUP }),
      signal: new AbortController().signal,
    })
  const said = (begin: string) =>
    lines.map((line) => JSON.parse(line)).filter(({ msg }: { msg: string }) => msg.startsWith(begin))
  const shown = (kind: string) => sightings.filter((sighting) => sighting.kind === kind)
  return { broker, start, said, shown }
}

describe('the subscriber of pubsub', () => {
  it('prints each message in order, and tells the page', async () => {
    const { broker, start, said, shown } = await setUp()
    const service = await start('subscriber-1')
    for (const element of [3, 1, 4]) await broker.channel(pubsub).publish(element)
    await vi.waitFor(() => expect(shown('message')).toHaveLength(3))
    expect(said('Message get')).toMatchObject([
      { msg: 'Message get 3', n: 1, element: 3, subscriber: 'subscriber-1' },
      { msg: 'Message get 1', n: 2 },
      { msg: 'Message get 4', n: 3 },
    ])
    expect(shown('message')[0]).toMatchObject({ n: 1, element: 3, subscriber: 'subscriber-1' })
    expect(said('Group get')).toEqual([])
    await service.close({ deadlineMs: 1_000 })
  })

  it('prints what was lost, and tells the page', async () => {
    const { said, sightings } = await reported(listener, ({ onGap }) => onGap({ size: 3, cause: 'transport' }))
    expect(said).toMatchObject({ level: 'warn', msg: 'messages were lost', size: 3 })
    expect(sightings).toEqual([{ kind: 'lost', size: 3, by: 'listener-1' }])
  })
})

describe('the member of a group of pubsub-log', () => {
  it('prints what was published before it came too, and tells the page', async () => {
    const { broker, start, said, shown } = await setUp()
    await broker.channel(pubsubLog).publish(3)
    const service = await start('member-1')
    await broker.channel(pubsubLog).publish(7)
    await vi.waitFor(() => expect(shown('group')).toHaveLength(2))
    expect(said('Group get')).toMatchObject([
      { msg: 'Group get 3', n: 1, element: 3, group: 'audit', member: 'member-1' },
      { msg: 'Group get 7', n: 2 },
    ])
    expect(shown('group')[1]).toMatchObject({ n: 2, element: 7, group: 'audit', member: 'member-1' })
    expect(said('Message get')).toEqual([])
    await service.close({ deadlineMs: 1_000 })
  })

  it('shares the messages with the others of its group, and another group gets them all', async () => {
    const { broker, start, said } = await setUp()
    await Promise.all([start('member-1'), start('member-2'), start('member-3', 'billing')])
    for (let i = 0; i < 10; i++) await broker.channel(pubsubLog).publish(i)
    await vi.waitFor(() => expect(said('Group get')).toHaveLength(20))
    const got = (name: string) => said('Group get').filter(({ group }: { group: string }) => group === name)
    const inOrder = Array.from({ length: 10 }, (_, i) => i + 1)
    for (const name of ['audit', 'billing']) {
      expect(
        got(name)
          .map(({ n }: { n: number }) => n)
          .sort((a, b) => a - b),
      ).toEqual(inOrder)
    }
  })

  it('goes on where the one before it was closed', async () => {
    const { broker, start, said } = await setUp()
    const first = await start('member-1')
    await broker.channel(pubsubLog).publish(1)
    await vi.waitFor(() => expect(said('Group get')).toHaveLength(1))
    await first.close({ deadlineMs: 1_000 })
    await broker.channel(pubsubLog).publish(2)
    await broker.channel(pubsub).publish(2) // to nobody
    await start('member-2')
    await vi.waitFor(() =>
      expect(said('Group get')).toMatchObject([{ element: 1 }, { element: 2, member: 'member-2' }]),
    )
    expect(said('Message get')).toEqual([])
    expect(said('member closed')).toMatchObject([{ queue: 'pubsub-log/audit', abandoned: [] }])
  })

  it('ends when an operator stopped it, and says who did', async () => {
    const { broker, start, said } = await setUp()
    const service = await start('member-1')
    const [member] = await broker.workers()
    expect(member).toMatchObject({ channel: 'pubsub-log', group: 'audit' })
    await broker.worker(member!.id).stop({ by: 'ada' })
    await service.ended
    expect(said('member stopped by an operator')).toMatchObject([{ queue: 'pubsub-log/audit', by: 'ada' }])
    await service.close({ deadlineMs: 1_000 })
    expect(said('member closed')).toEqual([])
  })

  it('prints what the group lost, and tells the page', async () => {
    const { said, sightings } = await reported(logListener, ({ onLost }) => onLost(3))
    expect(said).toMatchObject({ level: 'warn', msg: 'the group lost messages', size: 3 })
    expect(sightings).toEqual([{ kind: 'lost', size: 3, by: 'listener-1', group: 'audit' }])
  })
})
