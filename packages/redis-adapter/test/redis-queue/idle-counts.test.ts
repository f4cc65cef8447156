// What those who have nothing to do ask of Redis, commands in scripts counted: on a clock that the test moves, so counted, not timed.
import { defineChannel } from '@mq/core'
import type { Broker } from '@mq/core'
import { createVirtualClock } from '@mq/core/testing'
import type { VirtualClock } from '@mq/core/testing'
import { describe, expect, it } from 'vitest'
import { eventually } from '../lab/eventually.ts'
import { Lab } from '../lab/lab.ts'

const lab = await Lab.start()
const WORKERS = 20

async function counted(): Promise<{ commands: number; turns: number }> {
  const stats = await lab.redis.info('commandstats')
  let [commands, turns] = [0, 0]
  for (const [, name = '', calls] of stats.matchAll(/^cmdstat_([^:]+):calls=(\d+)/gm)) {
    if (/^(?:info|config|client|ping|hello|command|select|auth|subscribe|zcard)/.test(name)) continue
    commands += Number(calls)
    if (name.startsWith('eval')) turns += Number(calls)
  }
  return { commands, turns }
}

/** This many seconds, each long enough for what began in it. */
async function live(clock: VirtualClock, seconds: number): Promise<void> {
  for (let second = 0; second < seconds; second++) {
    await clock.advance(1_000)
    await lab.redis.ping()
  }
}

async function minute(clock: VirtualClock): Promise<{ commands: number; turns: number }> {
  await live(clock, 90)
  await lab.redis.call('CONFIG', 'RESETSTAT')
  await live(clock, 60)
  return counted()
}

async function rested(used: boolean): Promise<{ clock: VirtualClock; broker: Broker; names: string[] }> {
  const clock = createVirtualClock()
  const broker = await lab.broker({ clock })
  const names = Array.from({ length: WORKERS }, () => lab.freshName())
  let done = 0
  for (const name of names) {
    broker.queue(name).process(() => void done++)
    if (used) await broker.queue(name).enqueue(1)
  }
  if (used) await eventually(() => done === WORKERS, 'all tasks done')
  return { clock, broker, names }
}

describe('twenty workers without work', () => {
  it.each([
    ['never used', false],
    ['used before', true],
  ])('cost less than a command a second each, of queues %s, and six commands a look', async (_, used) => {
    const { clock, names } = await rested(used)
    const { commands, turns } = await minute(clock)
    console.log(`idle, ${used ? 'used before' : 'never used'}: ${commands / 60 / WORKERS} commands/s a worker`)
    expect(commands).toBeLessThanOrEqual(60 * WORKERS)
    expect(turns).toBeGreaterThanOrEqual((60 / 15 - 1) * WORKERS)
    // A report for the history, of a dozen commands at the most, once a minute.
    expect((commands - 12 * WORKERS) / turns).toBeLessThanOrEqual(6.1)
    for (const name of names) expect(await lab.redis.zcard(`mq:{${name}}:idle`)).toBe(1)
  })

  it('of a group cost less than two', async () => {
    const clock = createVirtualClock()
    const broker = await lab.broker({ clock })
    let heard = 0
    const channels = Array.from({ length: WORKERS }, () =>
      broker.channel(defineChannel({ name: lab.freshName(), history: { maxCount: 10 } })),
    )
    for (const channel of channels) {
      await channel.consume('g', () => void heard++)
      await channel.publish(1)
    }
    await eventually(() => heard === WORKERS, 'all messages done')
    const { commands, turns } = await minute(clock)
    console.log(`idle group: ${commands / 60 / WORKERS} commands/s a member, ${commands / turns} a look`)
    expect(commands).toBeLessThanOrEqual(120 * WORKERS)
    expect(turns).toBeGreaterThanOrEqual((60 / 15 - 1) * WORKERS)
    // On a clock that stands still only a hint gets a message to a member.
    for (const channel of channels) await channel.publish(2)
    await eventually(() => heard === 2 * WORKERS, 'all members woken')
  })
})
