import { bury, createBroker, defineChannel, defineQueue, MqError, silentLogger } from '@mq/core'
import { createVirtualClock } from '@mq/core/testing'
import { memoryAdapter } from '@mq/memory-adapter'
import { describe, expect, it, onTestFinished, vi } from 'vitest'
import { Readings } from '../../src/views/readings.ts'
import { mortal, saying } from './mortal-adapter.ts'
import { testConsole } from '../test-console.ts'
import { NO_GROUP_STATS } from './no-group-stats.ts'

const ORDERS = defineChannel({ name: 'orders', history: { maxCount: 1_000 } })
const MAILS = defineQueue({ name: 'mails', outcomes: { maxCount: 100 } })

describe('the overview', () => {
  it('has the groups of channels and of outcomes, with their lag, dead letters and members', async () => {
    const { broker, get } = await testConsole()
    const orders = broker.channel(ORDERS)
    await orders.consume('audit', (message) => (message.payload === 1 ? bury('no') : undefined))
    await (await orders.consume('billing', () => undefined)).close()
    for (const n of [1, 2, 3]) await orders.publish(n)
    const mails = broker.queue(MAILS)
    await (await mails.outcomes.consume('archive', () => undefined)).close()
    const worker = mails.process(() => undefined)
    await mails.enqueue(1).then((task) => task.outcome())
    await vi.waitFor(async () => expect(await orders.group('audit').stats()).toMatchObject({ dead: 1, unread: 0 }))
    const { body } = await get('/overview')
    expect(body.groups).toMatchObject([
      { channel: 'orders', name: 'audit', unread: 0, dead: 1, members: 1 },
      { channel: 'orders', name: 'billing', unread: 3, dead: 0, members: 0 },
      { channel: 'mails:outcomes', name: 'archive', unread: 1, members: 0 },
    ])
    expect(body).toMatchObject({ lag: 4, deadMessages: 1, dead: 0, moreGroups: false, unreadable: [] })
    expect(body.flow).toEqual({
      ...{ state: 'stuck', because: 'no-members', channel: 'orders', group: 'billing' },
      ...{ waiting: 3, overdue: 0, held: 0 },
    })
    await worker.close()
  })

  it('looks at two hundred groups at the most, and says that there are more', async () => {
    const { broker, get } = await testConsole()
    const orders = broker.channel(ORDERS)
    await (await orders.consume('group-0', () => undefined)).close()
    const names = Array.from({ length: 201 }, (_, n) => `group-${n}`)
    const stats: string[] = []
    const group = (name: string) => ({
      ...orders.group('group-0'),
      stats: async () => (stats.push(name), NO_GROUP_STATS),
    })
    Object.assign(broker.channel('orders'), { groups: async () => names, group })
    const { body } = await get('/overview')
    expect(body).toMatchObject({ moreGroups: true, more: false })
    expect(body.groups.map(({ name }: { name: string }) => name)).toEqual(names.slice(0, 200))
    expect(stats).toEqual(names.slice(0, 200))
  })

  it('names a group, and a channel, whose state cannot be read, and shows the others', async () => {
    const { broker, get } = await testConsole()
    const orders = broker.channel(ORDERS)
    for (const name of ['audit', 'billing']) await orders.consume(name, () => undefined)
    const fault = new MqError('layout-mismatch', 'this group has layout 99')
    const whole = orders.group('audit')
    Object.assign(broker.channel('orders'), {
      group: (name: string) =>
        name === 'audit' ? { ...whole, stats: () => Promise.reject(fault) } : orders.group.call(orders, name),
    })
    const broken = broker.channel(defineChannel({ name: 'refunds', history: { maxCount: 10 } }))
    await broken.consume('audit', () => undefined)
    Object.assign(broker.channel('refunds'), { groups: () => Promise.reject(fault) })
    const { body } = await get('/overview')
    expect(body.unreadable).toEqual([
      { what: 'groups', channel: 'refunds', code: 'layout-mismatch' },
      { what: 'group', channel: 'orders', name: 'audit', code: 'layout-mismatch' },
    ])
    expect(body.groups).toMatchObject([{ channel: 'orders', name: 'billing' }])
    expect(body.flow).toEqual({ state: 'stuck', because: 'unreadable', channel: 'refunds' })
  })
})

/** A group with a member in a process of its own, and a console that looks at it from another one. */
async function sceneOf(isConnected?: () => boolean) {
  const clock = createVirtualClock()
  const storage = memoryAdapter()
  const watched = isConnected === undefined ? storage : saying(storage, isConnected)
  const broker = createBroker(watched, { clock, logger: silentLogger })
  const process = mortal(storage)
  const members = createBroker(process.adapter, { clock, logger: silentLogger })
  const closed = new AbortController()
  const readings = new Readings({
    broker,
    queueNamed: (name) => broker.queue(name),
    channelNamed: (name) => broker.channel(name),
    signal: closed.signal,
    log: { error: (fault: unknown) => expect.fail(String(fault)) },
    clock,
  })
  const handler = () => new Promise<void>((resolve) => clock.schedule(resolve, 400))
  const consume = () => members.channel(ORDERS).consume('audit', handler, { concurrency: 1 })
  const member = await consume()
  for (let n = 0; n < 90; n++) await broker.channel(ORDERS).publish(n)
  onTestFinished(() => closed.abort())
  return {
    kill: process.kill,
    member,
    consume,
    async watch(seconds: number) {
      const seen: { s: number; because: string; members: number }[] = []
      for (let s = 0.5; s <= seconds; s += 0.5) {
        await clock.advance(500)
        const { flow, groups } = await readings.overview()
        seen.push({ s, because: flow.because, members: groups[0]?.members ?? -1 })
      }
      return seen
    },
  }
}

describe('a member of a group', () => {
  it('that lives is never missed', async () => {
    const { watch, kill } = await sceneOf()
    const seen = await watch(60)
    expect(seen.filter(({ because, members }) => because !== 'none' || members !== 1)).toEqual([])
    await kill()
  })

  it('that was killed is missed within 16 seconds, and within five where the storage knows connections', async () => {
    for (const [isKnown, within] of [
      [false, 16],
      [true, 5],
    ] as const) {
      let isConnected = true
      const { watch, kill } = await sceneOf(isKnown ? () => isConnected : undefined)
      await watch(12.5)
      await kill()
      isConnected = false
      const seen = await watch(60)
      const later = seen.filter(({ s }) => s >= within)
      expect(later.filter(({ because, members }) => because !== 'no-members' || members !== 0)).toEqual([])
    }
  })

  it('that another replaces at once is not missed meanwhile', async () => {
    const { watch, member, consume, kill } = await sceneOf()
    await watch(5)
    const closing = member.close()
    expect((await watch(1)).map(({ because }) => because)).toEqual(['none', 'none'])
    await closing
    await consume()
    expect((await watch(5)).filter(({ because }) => because !== 'none')).toEqual([])
    await kill()
  })
})
