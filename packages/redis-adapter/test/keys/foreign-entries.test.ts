// What another program writes where tasks wait, or deletes there, is dropped: that must not go without a word.
import { defineQueue, MqError } from '@mq/core'
import { describe, expect, it } from 'vitest'
import { eventually } from '../lab/eventually.ts'
import { key, KEPT } from '../lab/furnished-group.ts'
import { Lab } from '../lab/lab.ts'
import type { QueuePort } from '../lab/queue-port.ts'
import { WorkerLane } from '../lab/worker-lane.ts'

const lab = await Lab.start()

/** Claims until nothing is left, and answers how many foreign entries the turns reported. */
async function reported(lane: WorkerLane): Promise<number> {
  let foreign = 0
  for (;;) {
    const reply = await lane.turn({ want: 1_000 })
    foreign += reply.foreign ?? 0
    if (reply.claimed.length > 0) await lane.complete(...reply.claimed)
    else if (reply.nextDueInMs !== 0) return foreign
  }
}

/** What somebody else does to a queue with one waiting task, and how many entries of theirs (or of ours, without what belongs to them) are dropped. */
const DAMAGES: Record<string, [number, (queue: QueuePort, n: string) => Promise<unknown>]> = {
  'words in a list': [2, ({ redis, key: k }) => redis.rpush(k('ready:4'), 'hello', '{"a":1}')],
  'numbers that no task has': [2, ({ redis, key: k }) => redis.lpush(k('ready:4'), '7', '8')],
  'the number of a task that waits already': [1, ({ redis, key: k }, n) => redis.rpush(k('ready:4'), n)],
  'a word among the suspects': [1, ({ redis, key: k }) => redis.rpush(k('suspects'), 'hello')],
  'a word among the delayed': [1, ({ redis, key: k }) => redis.zadd(k('later:4'), 1, 'hello')],
  'a lease of nothing': [1, ({ redis, key: k }) => redis.zadd(k('leases'), 1, '77#0')],
  'a lease that is no lease': [1, ({ redis, key: k }) => redis.zadd(k('leases'), 1, 'hello')],
  'a record that is gone': [1, ({ redis, key: k }, n) => redis.hdel(k('tasks'), n)],
}

/** Keys are made by the port: its method is bound for the table. */
async function damaged(name: string): Promise<{ queue: QueuePort; count: number }> {
  const queue = await lab.queue()
  const n = await queue.addOne('1')
  const [count, damage] = DAMAGES[name]!
  // Somebody is here: no lease is given time after an outage.
  await queue.worker().turn({ want: 0, settlements: [{ kind: 'release', lease: '1#0' }] })
  await damage({ redis: queue.redis, key: (part: string) => queue.key(part) } as QueuePort, n)
  return { queue, count }
}

describe.each(Object.keys(DAMAGES))('%s', (name) => {
  it('is counted, and reported once, by the turn that drops it', async () => {
    const { queue, count } = await damaged(name)
    if (name.includes('suspects')) await queue.redis.hset(queue.key('runs'), '1', '1')
    const lane = queue.worker()
    expect(await reported(lane)).toBe(count)
    expect(await queue.stats()).toMatchObject({ foreign: count, waiting: 0 })
    expect(await reported(queue.worker())).toBe(0)
  })
})

describe('what waits in a list', () => {
  it('is counted by a purge, and by tasks that displace others, and reported by the next turn', async () => {
    for (const drop of [
      (queue: QueuePort) => queue.driver.apply({ kind: 'purge', state: 'waiting', reason: '', limit: 100 }),
      (queue: QueuePort) => queue.offer(['2', '3'], { capacity: 1, displace: true }),
    ]) {
      const { queue } = await damaged('words in a list')
      await queue.redis.lpush(queue.key('ready:4'), 'first', '9')
      await drop(queue)
      expect(await queue.stats()).toMatchObject({ foreign: 4 })
      const lane = queue.worker()
      const [lost, again] = [lane.next({ want: 1 }), lane.next({ want: 1 })]
      expect((await queue.driver.settleAndClaim(lost)).foreign).toBe(4)
      // Its reply was lost: it is asked again.
      expect((await queue.driver.settleAndClaim({ ...lost, repeat: true })).foreign).toBe(4)
      expect((await queue.driver.settleAndClaim(again)).foreign).toBeUndefined()
    }
  })

  it('is not of others where cancel and replace left it in the middle of a long list', async () => {
    const queue = await lab.queue()
    const numbers = await queue.addMany(2_990)
    await queue.offer([{ id: 'mail', header: '{"id":"mail"}' }])
    await queue.redis.lrem(queue.key('ready:4'), -1, (await queue.redis.lrange(queue.key('ready:4'), -1, -1))[0]!)
    const [, mail = ''] = (await queue.redis.hget(queue.key('ids'), 'mail'))!.match(/^(\d+)/)!
    await queue.redis.linsert(queue.key('ready:4'), 'BEFORE', numbers[1_500]!, mail)
    for (const n of numbers.slice(1_100, 1_110)) await queue.cancel(n)
    await queue.offer([{ id: 'mail', header: '{"id":"mail"}', replace: true }])
    expect(await queue.redis.llen(queue.key('ready:4'))).toBe(2_992)
    expect(await queue.redis.hget(queue.key('meta'), 'left')).toBe('11')
    await queue.redis.linsert(queue.key('ready:4'), 'BEFORE', numbers[1_500]!, '77')
    expect(await reported(queue.worker())).toBe(1)
    expect(await queue.redis.hget(queue.key('meta'), 'left')).toBe('0')
    expect(await queue.stats()).toMatchObject({ foreign: 1, waiting: 0 })
  })
})

it('what waits where mq wrote nothing yet is counted too, and reported again after a lost reply', async () => {
  const queue = await lab.queue()
  await queue.redis.lpush(queue.key('ready:4'), 'a', 'b')
  const lost = queue.worker().next({ want: 1 })
  expect((await queue.driver.settleAndClaim(lost)).foreign).toBe(2)
  expect((await queue.driver.settleAndClaim({ ...lost, repeat: true })).foreign).toBe(2)
  expect(await queue.stats()).toMatchObject({ foreign: 2 })
})

it('a task whose record somebody deleted while it ran leaves no empty dead letter, and comes back to no list', async () => {
  const queue = await lab.queue()
  await queue.add('1', '2')
  const lane = queue.worker()
  const [first, second] = await lane.claim()
  await queue.redis.del(queue.key('tasks'))
  const { foreign } = await lane.turn({
    settlements: [
      { kind: 'bury', lease: first!.lease, reason: 'broken', detail: '', charge: true },
      { kind: 'release', lease: second!.lease },
    ],
  })
  expect(foreign).toBe(2)
  expect(await queue.stats()).toMatchObject({ waiting: 0, dead: 0, running: 0, foreign: 2 })
})

describe('in a group', () => {
  async function group(): Promise<{ name: string; lane: WorkerLane; stats: () => Promise<unknown> }> {
    const name = lab.freshName()
    const channel = await lab.channel(name)
    await channel.publish(['1', '2'], KEPT)
    const driver = channel.group('audit', { from: 'earliest' })
    return { name, lane: new WorkerLane(driver), stats: () => driver.stats() }
  }
  const part = (name: string, of: string): string => key(name, `group.audit:${of}`)

  it('ids of messages that did not come back are counted and reported', async () => {
    const { name, lane, stats } = await group()
    expect(await reported(lane)).toBe(0)
    await lab.redis.rpush(part(name, 'back'), 'hello', '1-1')
    await lab.redis.zadd(part(name, 'delays'), 1, 'word')
    expect(await reported(lane)).toBe(3)
    expect(await stats()).toMatchObject({ foreign: 3, returned: 0, delayed: 0, lost: 0 })
  })

  it('what a member holds is given again when somebody wrote over how it stands', async () => {
    for (const damage of ['', 'nonsense', '1']) {
      const { name, lane, stats } = await group()
      const [, second] = await lane.claim()
      await lane.complete(second!)
      const [hand = ''] = await lab.redis.zrange(part(name, 'leases'), '0', '0')
      if (damage === '') await lab.redis.hdel(part(name, 'held'), hand)
      else await lab.redis.hset(part(name, 'held'), hand, damage)
      await lab.redis.zadd(part(name, 'leases'), 1, hand)
      const { claimed, foreign } = await lane.turn({ want: 10 })
      expect([claimed.map(({ payload }) => payload.split(' ').at(-1)), foreign]).toEqual([['1', '2'], 1])
      expect(await stats()).toMatchObject({ lost: 0, foreign: 1, running: 2 })
      await lane.complete(...claimed)
      expect(await stats()).toMatchObject({ running: 0 })
    }
  })

  it('what waits for its next attempt keeps its pause, and is not given twice, when its old hand is written over', async () => {
    const { name, lane, stats } = await group()
    const [first, second] = await lane.claim()
    await lane.settle({ kind: 'retry', lease: first!.lease, delayMs: 60_000, charge: true })
    const [hand = ''] = await lab.redis.zrange(part(name, 'leases'), '0', '0')
    await lab.redis.hdel(part(name, 'held'), hand)
    await lab.redis.zadd(part(name, 'leases'), 1, hand)
    expect((await lane.claim(10)).map(({ n }) => n)).toEqual([second!.n])
    expect(await stats()).toMatchObject({ delayed: 1, running: 1, foreign: 1 })
  })

  it('what was in a hand of which somebody deleted the ids is reported as lost, and does not run for ever', async () => {
    const { name, lane, stats } = await group()
    const [first] = await lane.claim()
    await lane.complete(first!)
    const [hand = ''] = await lab.redis.zrange(part(name, 'leases'), '0', '0')
    await lab.redis.hdel(part(name, 'hands'), hand)
    await lab.redis.zadd(part(name, 'leases'), 1, hand)
    expect(await lane.turn({ want: 10 })).toMatchObject({ claimed: [], lost: 1, foreign: 1 })
    expect(await stats()).toMatchObject({ running: 0, lost: 1 })
  })
})

it('a worker reports them to onError once a burst, with their number', async () => {
  const name = lab.freshName()
  const broker = await lab.broker()
  const queue = broker.queue(defineQueue<number>({ name }))
  const done: number[] = []
  queue.process((payload) => void done.push(payload))
  await lab.redis.lpush(`mq:{${name}}:ready:4`, 'a', 'b', 'c')
  await queue.enqueue(1)
  const found = await eventually(
    () => lab.errors.find((error) => MqError.is(error, 'foreign-entries-dropped')),
    'a report of the entries',
  )
  expect(found).toMatchObject({ details: { queue: name, count: 3 } })
  expect(done).toEqual([1])
})
