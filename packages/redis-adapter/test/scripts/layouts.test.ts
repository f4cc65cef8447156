// Whatever a script does, it looks first whether what is stored is of a layout that this version knows.
import { MqError } from '@mq/core'
import { parseLayout } from '@mq/core/adapter'
import { readdirSync, readFileSync } from 'node:fs'
import { basename, join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { keysFor } from '../../src/script.ts'
import { endPublisherScript } from '../../src/scripts/channel/end-publisher.ts'
import { recallScript } from '../../src/scripts/queue/recall.ts'
import { dump } from '../lab/dump.ts'
import { FurnishedGroup, KEPT, key } from '../lab/furnished-group.ts'
import { FurnishedQueue } from '../lab/furnished-queue.ts'
import { Lab } from '../lab/lab.ts'
import { WorkerLane } from '../lab/worker-lane.ts'

const lab = await Lab.start()
const { redis } = lab
const UNKNOWN = ['1', '3', '10', 'abc', '']

/** By the name of the script that they run. */
const OF_QUEUES: Record<string, (queue: FurnishedQueue) => Promise<unknown>> = {
  enqueue: ({ port }) => port.offer(['1', { id: 'own', delayMs: 1 }]),
  'enqueue-displacing': ({ port }) => port.offer(['1'], { capacity: 1, displace: true }),
  'enqueue-replacing': ({ port }) => port.offer([{ id: 'waiting', replace: true }]),
  recall: ({ port: { name, lane } }) => {
    const keys = keysFor(recallScript, 'mq', name)
    return redis.eval(recallScript.lua, keys.length, ...keys, lane, 1)
  },
  'end-lanes': ({ port }) => port.driver.endLanes([{ lane: port.lane, seq: 1_000 }]),
  'settle-and-claim': (queue) =>
    queue.port.worker().turn({ settlements: queue.settlements(), want: 10, awaitWork: true }),
  'settle-and-claim-appending': (queue) =>
    queue.port.worker().turn({ settlements: queue.settlements(), want: 10, outcomes: false }),
  'settle-and-claim-sharing': (queue) =>
    queue.port.worker().turn({ settlements: queue.settlements(), want: 10, limits: { concurrency: 1_000 } }),
  'settle-and-claim-receiving': ({ port }) => {
    const inbox = { key: `task:${port.name}`, end: 'left', format: 'json', maxBytes: 1 } as const
    return new WorkerLane(port.storage.queue(port.name, { inbox })).turn({ want: 10 })
  },
  'set-limits': ({ port }) => port.driver.setLimits!({ override: { concurrency: 1 }, version: 0 }),
  'list-keys': ({ port }) => port.driver.keys!({ limit: 10 }),
  extend: ({ port, leases }) => port.driver.extend(leases, 30_000),
  note: ({ port, leases }) => port.driver.note([{ lease: leases[0]!, kind: 'progress', body: '7' }]),
  read: ({ port, tasks }) => port.driver.read([{ n: tasks.waiting }], { watch: true }),
  'list-dead': ({ port }) => port.driver.list({ state: 'dead', limit: 10 }),
  page: ({ port }) => port.driver.page({ state: 'waiting', limit: 10 }),
  stats: ({ port }) => port.stats(),
  sample: ({ port }) => port.driver.sample!({ waits: [[1, 1]], runs: [] }),
  history: ({ port }) => port.driver.history!({ resolution: '10s', skip: 0, limit: 10 }),
  'read-schedule': ({ port }) => port.driver.schedules!.read('s'),
  'list-schedules': ({ port }) => port.driver.schedules!.page({ limit: 10 }),
  'due-schedules': ({ port }) => port.driver.schedules!.due(10),
  'set-schedule': ({ port }) => port.driver.schedules!.set({ name: 's', body: '', dueAt: 1 }),
  'remove-schedule': ({ port }) => port.driver.schedules!.remove('s'),
  tick: ({ port }) =>
    port.driver.schedules!.tick({ lane: 't', seq: 1, ticks: [{ name: 's', revision: '1', tasks: [] }] }),
  'tick-keyed': ({ port }) => {
    const tasks = [{ level: 4, delayMs: 0, key: 'k', header: '{"key":"k"}', payload: '1' }]
    return port.driver.schedules!.tick({ lane: 't', seq: 1, ticks: [{ name: 's', revision: '1', tasks }] })
  },
  look: ({ port, tasks }) => port.driver.flows!.look([{ n: tasks.waiting }]),
  link: ({ port, tasks }) =>
    port.driver.flows!.link([{ parent: tasks.waiting, child: { queue: 'q', n: '1', index: 0 } }]),
  tell: ({ port, tasks }) =>
    port.driver.flows!.tell({
      ends: [{ state: 'completed', endedAt: 1, why: '' }],
      children: [{ n: tasks.waiting, index: 0, end: 0 }],
    }),
  chores: ({ port }) => port.driver.flows!.chores(10),
  finish: ({ port, tasks }) => port.driver.flows!.finish([{ kind: 'check', n: tasks.waiting, token: '0' }]),
  children: ({ port, tasks }) => port.driver.flows!.children({ n: tasks.waiting, limit: 10 }),
  family: ({ port, tasks }) => port.driver.flows!.family({ task: { n: tasks.waiting }, from: 0, limit: 10 }),
  inspect: ({ port, tasks }) => port.driver.inspect({ n: tasks.waiting }),
  cancel: ({ port, tasks }) => port.cancel(tasks.waiting),
  change: ({ port, tasks }) => port.driver.apply({ kind: 'change', task: { n: tasks.waiting }, level: 9 }),
  redrive: ({ port, dead }) => port.driver.apply({ kind: 'redrive', tasks: [{ n: dead, delayMs: 0 }] }),
  discard: ({ port, dead }) => port.driver.apply({ kind: 'discard', tasks: [dead] }),
  purge: ({ port }) => port.driver.apply({ kind: 'purge', state: 'waiting', reason: 'no', limit: 10 }),
  'set-paused': ({ port }) => port.driver.apply({ kind: 'pause' }),
  retire: ({ port }) => port.driver.apply({ kind: 'retire' }),
  'claim-width': ({ port }) => port.storage.widths!.claim(port.name, parseLayout('p3')!),
  'release-width': ({ port }) => port.storage.widths!.release(port.name, parseLayout('p3')!),
  'mark-partitions': ({ port }) =>
    port.storage.widths!.mark(port.name, parseLayout('p3')!, [{ index: 1, forMs: 1_000 }]),
  obliterate: ({ port }) => port.driver.apply({ kind: 'obliterate', force: true }),
}

const OF_GROUPS: Record<string, (furnished: FurnishedGroup) => Promise<unknown>> = {
  'group-turn': (furnished) =>
    new WorkerLane(furnished.group).turn({ settlements: furnished.settlements(), want: 10, awaitWork: true }),
  'group-turn-ordered': (furnished) =>
    new WorkerLane(furnished.group).turn({ settlements: furnished.settlements(), want: 10, order: { keys: [] } }),
  'group-extend': ({ group, held }) => group.extend([held[0]!.lease], 30_000),
  'group-note': ({ group, held }) => group.note([{ lease: held[0]!.lease, kind: 'memo', body: '{}' }]),
  'group-stats': ({ group }) => group.stats(),
  'group-redrive': ({ group }) => group.apply({ kind: 'redrive', tasks: [{ n: '2', delayMs: 0 }] }),
  'group-apply': ({ group }) => group.apply({ kind: 'remove' }),
}

const OF_CHANNELS: Record<string, (furnished: FurnishedGroup) => Promise<unknown>> = {
  publish: ({ storage, name }) => storage.channel(name).publish(['1']),
  append: ({ storage, name }) => storage.channel(name).publish(['1'], KEPT),
  mark: ({ storage, name }) => storage.channel(name).mark(),
  'channel-obliterate': ({ storage, name }) => storage.channel(name).obliterate({ force: true }),
  'list-groups': ({ storage, name }) => storage.channel(name).groups(),
  'channel-ago': ({ storage, name }) => storage.channel(name).agoOf!({ epoch: '1', n: 1 }),
  'end-publisher': ({ name }) => {
    const keys = keysFor(endPublisherScript, 'mq', name)
    return redis.eval(endPublisherScript.lua, keys.length, ...keys, 'p')
  },
  // A group's state is of one piece with its channel's.
  'group-turn': OF_GROUPS['group-turn']!,
  'group-turn-ordered': OF_GROUPS['group-turn-ordered']!,
  'group-stats': OF_GROUPS['group-stats']!,
  'group-apply': OF_GROUPS['group-apply']!,
}

/** Each call is refused, and changes nothing, while `field` of a key bears a layout that nobody knows. */
async function assertRefused(name: string, part: string, call: () => Promise<unknown>): Promise<void> {
  for (const layout of UNKNOWN) {
    await redis.hset(key(name, part), 'layout', layout)
    const before = await dump(redis, name)
    const thrown = await call().catch((error: unknown) => error)
    const isRefused = MqError.is(thrown, 'layout-mismatch') || String(thrown).includes('MQLAYOUT')
    expect(isRefused || `layout ${layout}: ${String(thrown)}`).toBe(true)
    expect(await dump(redis, name)).toEqual(before)
  }
}

describe('a layout that this version does not know is refused before any write', () => {
  it.each(Object.entries(OF_QUEUES))('of a queue, by %s', async (_, call) => {
    const queue = await FurnishedQueue.create(lab)
    await assertRefused(queue.port.name, 'meta', () => call(queue))
  })

  it.each(Object.entries(OF_GROUPS))('of a group, by %s', async (_, call) => {
    const furnished = await FurnishedGroup.create(lab)
    await assertRefused(furnished.name, 'group.audit:meta', () => call(furnished))
  })

  it.each(Object.entries(OF_CHANNELS))('of a channel, by %s', async (_, call) => {
    const furnished = await FurnishedGroup.create(lab)
    await assertRefused(furnished.name, 'seq', () => call(furnished))
  })

  it('by every script that there is', () => {
    const folder = join(import.meta.dirname, '../../src/scripts')
    // The registry is no queue's or channel's, and bears no layout: it may be lost.
    const scripts = readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter(
      (file) =>
        !file.startsWith('registry') &&
        file.endsWith('.ts') &&
        readFileSync(join(folder, file), 'utf8').includes('defineScript({'),
    )
    const tried = [...new Set([OF_QUEUES, OF_GROUPS, OF_CHANNELS].flatMap((table) => Object.keys(table)))]
    expect(tried.sort()).toEqual(scripts.map((file) => basename(file, '.ts')).sort())
  })
})

it('a channel says of which layout it is as soon as there is one', async () => {
  const storage = await lab.open()
  const calls = [
    (name: string) => storage.channel(name).publish(['1']),
    (name: string) => storage.channel(name).publish(['1'], KEPT),
    (name: string) => storage.channel(name).mark(),
  ]
  for (const call of calls) {
    const name = lab.freshName()
    await call(name)
    expect(await redis.hget(key(name, 'seq'), 'layout')).toBe('2')
  }
})
