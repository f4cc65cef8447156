import { createBroker, defineChannel, silentLogger } from '@mq/core'
import type { Broker, ChannelPosition, Message } from '@mq/core'
import { createVirtualClock } from '@mq/core/testing'
import { memoryAdapter } from '@mq/memory-adapter'
import { expect, it } from 'vitest'

interface Step {
  readonly key: string
  readonly step: number
}

const steps = defineChannel<Step>({ name: 'steps', history: { maxCount: 10_000 }, partitions: 8 })

function lab() {
  const adapter = memoryAdapter()
  const clock = createVirtualClock()
  const errors: Error[] = []
  const open = (): Broker =>
    createBroker(adapter, { clock, logger: silentLogger, onError: (error) => void errors.push(error) })
  return { clock, errors, open }
}

async function publishWalk(broker: Broker, keys: number, count: number): Promise<ChannelPosition[]> {
  const positions: ChannelPosition[] = []
  for (let step = 0; step < count; step++) {
    for (let i = 0; i < keys; i++) {
      const key = `k${i}`
      positions.push(await broker.channel(steps).publish({ key, step }, { key }))
    }
  }
  return positions
}

function byKey(messages: readonly Message<Step>[]): Map<string, number[]> {
  const all = new Map<string, number[]>()
  for (const { payload } of messages) all.set(payload.key, [...(all.get(payload.key) ?? []), payload.step])
  return all
}

function expectWalk(messages: readonly Message<Step>[], keys: number, count: number): void {
  const all = byKey(messages)
  expect(all.size).toBe(keys)
  for (const its of all.values()) expect(its).toEqual([...Array(count).keys()])
}

it('a subscriber gets all messages, those of a key in order, and no gap', async () => {
  const { clock, errors, open } = lab()
  const [here, there] = [open(), open()]
  const heard: Message<Step>[] = []
  const gaps: unknown[] = []
  await there.channel(steps).subscribe((message) => void heard.push(message), { onGap: (gap) => gaps.push(gap) })
  const positions = await publishWalk(here, 20, 5)
  await clock.advance(10_000)
  expectWalk(heard, 20, 5)
  expect(new Set(heard.map(({ channel }) => channel))).toEqual(new Set(['steps']))
  const text = ({ epoch, n }: ChannelPosition): string => `${epoch} ${n}`
  expect(new Set(heard.map(text))).toEqual(new Set(positions.map(text)))
  expect(new Set(positions.map(text)).size).toBe(100)
  expect(positions.every(({ epoch }) => epoch.length <= 64)).toBe(true)
  expect([gaps, errors]).toEqual([[], []])
  await Promise.all([here.close(), there.close()])
})

it.each([false, true])('members of a group share all messages (ordered: %s)', async (isOrdered) => {
  const { clock, errors, open } = lab()
  const brokers = [open(), open(), open()]
  const done: Message<Step>[] = []
  const running = new Set<string>()
  const handler = async (message: Message<Step>): Promise<void> => {
    const { key } = message.payload
    if (isOrdered) expect(running.has(key)).toBe(false)
    running.add(key)
    await Promise.resolve()
    running.delete(key)
    done.push(message)
  }
  const key = isOrdered ? ({ payload }: Message<Step>): string => payload.key : undefined
  for (const broker of brokers) await broker.channel(steps).consume('audit', handler, { key, concurrency: 4 })
  await publishWalk(brokers[0]!, 20, 5)
  await clock.advance(60_000)
  expect(done.length).toBe(100)
  if (isOrdered) expectWalk(done, 20, 5)
  const group = brokers[0]!.channel('steps').group('audit')
  expect(await group.stats()).toMatchObject({ unread: 0, running: 0, lost: 0, dead: 0 })
  expect(await brokers[1]!.channel('steps').groups()).toEqual(['audit'])
  expect(errors).toEqual([])
  await Promise.all(brokers.map((broker) => broker.close()))
})
