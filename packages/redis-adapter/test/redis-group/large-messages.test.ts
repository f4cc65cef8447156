// A claim holds up the server for what it gives, not for what it looks at: messages may be of any size.
import type { GroupDriver, HistoryLimits } from '@mq/core'
import { describe, expect, it } from 'vitest'
import { eventually } from '../lab/eventually.ts'
import { key } from '../lab/furnished-group.ts'
import { Lab } from '../lab/lab.ts'
import { watchCommands } from '../lab/watch-commands.ts'
import { WorkerLane } from '../lab/worker-lane.ts'

const lab = await Lab.start()
const KEPT: HistoryLimits = { maxCount: 100_000, unreadFactor: 10, groupExpiresMs: 600_000 }
/** Read beyond what is given, where nobody knows how large the next messages are. */
const BEYOND = 9

async function groupWith(...bodies: readonly string[]): Promise<{ name: string; group: GroupDriver }> {
  const name = lab.freshName()
  const channel = await lab.channel(name)
  for (let i = 0; i < bodies.length; i += 10) await channel.publish(bodies.slice(i, i + 10), KEPT)
  return { name, group: channel.group('audit', { from: 'earliest' }) }
}

/** How many messages scripts ask the server for while `act` goes on, and in how many commands. */
async function read(act: () => Promise<unknown>): Promise<{ entries: number; commands: number }> {
  const counts: number[] = []
  let over = false
  const end = await watchCommands(lab.server.port, ({ command, byScript }) => {
    if (command[1] === 'the end') over = true
    else if (!byScript) return
    else if (command[0]?.toLowerCase() === 'xrange') counts.push(Number(command[5] ?? 1))
    else if (command[0]?.toLowerCase() === 'hget' && command[1]?.endsWith(':returned')) counts.push(1)
  })
  await act()
  await lab.redis.get('the end')
  await eventually(() => over, 'all that was to be seen')
  end()
  return { entries: counts.reduce((sum, count) => sum + count, 0), commands: counts.length }
}

const large = 'x'.repeat(100_000)
const MAX_BYTES = 400_000

describe('a claim of a group reads little more than it gives', () => {
  const mixtures: Record<string, string[]> = {
    'of large messages': Array.from({ length: 60 }, () => large),
    'of small ones, and then large ones': Array.from({ length: 120 }, (_, i) => (i < 40 ? 'x' : large)),
    'of large ones, and then small ones': Array.from({ length: 300 }, (_, i) => (i < 40 ? large : 'x')),
    'of large ones among small ones': Array.from({ length: 200 }, (_, i) => (i % 5 === 0 ? large : 'x')),
  }
  const cases = Object.entries(mixtures).flatMap(([mixture, bodies]) => [
    { mixture, bodies, isOld: false },
    { mixture: `${mixture}, kept by a version that did not note the largest`, bodies, isOld: true },
  ])
  it.each(cases)('$mixture', async ({ bodies, isOld }) => {
    const { name, group } = await groupWith(...bodies)
    if (isOld) await lab.redis.hdel(key(name, 'seq'), 'largest')
    const lane = new WorkerLane(group)
    let given = 0
    for (const want of [1, 4, 10, 32, 1_000, 32, 10]) {
      let claimed: readonly unknown[] = []
      const { entries } = await read(async () => (claimed = await lane.claim(want, { maxBytes: MAX_BYTES })))
      expect(entries).toBeLessThanOrEqual(claimed.length + BEYOND)
      given += claimed.length
    }
    expect(given).toBeGreaterThan(15)
  })

  it('of what came back', async () => {
    const { group } = await groupWith(...Array.from({ length: 20 }, () => large))
    const lane = new WorkerLane(group)
    const held = await lane.claim(20)
    await lane.settle(...held.map(({ lease }) => ({ kind: 'release', lease }) as const))
    const { entries } = await read(() => lane.claim(1_000, { maxBytes: MAX_BYTES }))
    expect(entries).toBeLessThanOrEqual(5)
  })

  it('and as many at once as fit whatever they weigh, however many follow', async () => {
    const { group } = await groupWith(...Array.from({ length: 3_000 }, () => 'x'.repeat(1_000)))
    const lane = new WorkerLane(group)
    await lane.claim(1)
    const { commands } = await read(() => lane.claim(200, { maxBytes: MAX_BYTES }))
    expect(commands).toBe(1)
  })

  it('which the channel learns anew when nothing of what was large is kept', async () => {
    const { name, group } = await groupWith(large, 'x')
    const channel = await lab.channel(name)
    expect(await lab.redis.hget(key(name, 'seq'), 'largest')).toBe(String(large.length))
    await new WorkerLane(group).drain()
    await lab.redis.xtrim(key(name, 'log'), 'MAXLEN', 0)
    await channel.publish(['yy'], KEPT)
    expect(await lab.redis.hget(key(name, 'seq'), 'largest')).toBe('2')
  })

  it('and all at once where that is little', async () => {
    const { group } = await groupWith(...Array.from({ length: 500 }, () => 'x'))
    const { commands } = await read(() => new WorkerLane(group).claim(1_000))
    // One finds the place where the group begins.
    expect(commands).toBeLessThanOrEqual(3)
  })
})

it('what dead members held comes back a few MB at a time, and all of it', async () => {
  const { name, group } = await groupWith(...Array.from({ length: 200 }, () => large))
  const lane = new WorkerLane(group)
  let held = 0
  while (held < 200) held += (await lane.claim(10)).length
  for (const hand of await lab.redis.zrange(key(name, 'group.audit:leases'), '0', '-1')) {
    await lab.redis.zadd(key(name, 'group.audit:leases'), 'XX', 1, hand)
  }
  await lane.turn()
  const first = (await group.stats())!
  expect(first.returned * large.length).toBeLessThan(4_194_304 + 10 * large.length)
  expect(first.returned + first.running).toBe(200)
  const again = await lane.drain({ maxBytes: MAX_BYTES })
  expect(again.map(({ n }) => Number(n)).sort((a, b) => a - b)).toEqual(Array.from({ length: 200 }, (_, i) => i + 1))
})
