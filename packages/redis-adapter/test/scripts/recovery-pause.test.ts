// Nobody reached the server for a while: leases are over, but only because nobody could prolong them.
import type { ClaimedTask } from '@mq/core'
import { describe, expect, it } from 'vitest'
import { KEPT } from '../lab/furnished-group.ts'
import { Lab } from '../lab/lab.ts'
import { WorkerLane } from '../lab/worker-lane.ts'

const lab = await Lab.start()
const LEASE_MS = 5_000
const HOUR = 3_600_000

/** A queue or a group of which a worker holds three tasks, on a clock of its own. */
class Held {
  readonly leases: readonly string[]
  readonly #driver: ConstructorParameters<typeof WorkerLane>[0] & Extends
  readonly #key: (part: string) => string

  constructor(driver: Held['drivers'], key: (part: string) => string, claimed: readonly ClaimedTask[]) {
    this.#driver = driver
    this.#key = key
    this.leases = claimed.map(({ lease }) => lease)
  }

  declare readonly drivers: ConstructorParameters<typeof WorkerLane>[0] & Extends

  /** A worker that is new here asks for all there is; how many it got. */
  async visit(leaseMs = LEASE_MS): Promise<number> {
    return (await new WorkerLane(this.#driver).claim(10, { leaseMs })).length
  }

  extend(leases = this.leases, leaseMs = LEASE_MS): Promise<readonly string[]> {
    return this.#driver.extend(leases, leaseMs)
  }

  /** So much time passes, with somebody there all the time or with nobody. */
  async pass(byMs: number, { alone }: { readonly alone: boolean }): Promise<void> {
    const members = await lab.redis.zrange(this.#key('leases'), '0', '-1')
    for (const member of members) await lab.redis.zincrby(this.#key('leases'), -byMs, member)
    if (alone) await lab.redis.hincrby(this.#key('meta'), 'seen', -byMs)
  }
}

interface Extends {
  extend(leases: readonly string[], leaseMs: number): Promise<readonly string[]>
}

const OF: Readonly<Record<string, (leaseMs: number) => Promise<Held>>> = {
  async queue(leaseMs) {
    const queue = await lab.queue()
    await queue.addMany(3)
    return new Held(queue.driver, (part) => queue.key(part), await queue.worker().claim(3, { leaseMs }))
  },
  async group(leaseMs) {
    const name = lab.freshName()
    const channel = await lab.channel(name)
    const group = channel.group('audit', { from: 'earliest' })
    await channel.publish(['1', '2', '3'], KEPT)
    return new Held(
      group,
      (part) => `mq:{${name}}:group.audit:${part}`,
      await new WorkerLane(group).claim(3, { leaseMs }),
    )
  },
}

describe.each(Object.entries(OF))('when the server of a %s is reached again after a minute', (kind, hold) => {
  async function afterAMinute(): Promise<Held> {
    const held = await hold(LEASE_MS)
    await held.pass(60_000, { alone: true })
    return held
  }

  it(`nobody takes what others held of the ${kind}: they have a lease of time to prolong it`, async () => {
    const held = await afterAMinute()
    expect(await held.visit()).toBe(0)
    expect(new Set(await held.extend())).toEqual(new Set(['held']))
    expect(await held.visit()).toBe(0)
  })

  it('the same holds for the others when one has prolonged its own first', async () => {
    const held = await afterAMinute()
    expect(await held.extend(held.leases.slice(0, 1))).toEqual(['held'])
    expect(await held.visit()).toBe(0)
    expect(new Set(await held.extend())).toEqual(new Set(['held']))
  })

  it('what nobody prolonged within a lease is recovered', async () => {
    const held = await afterAMinute()
    expect(await held.visit()).toBe(0)
    await held.pass(LEASE_MS + 1_000, { alone: false })
    expect(await held.visit()).toBe(3)
  })

  it('and is silent again, nobody takes what others held that could not come in between', async () => {
    const held = await afterAMinute()
    expect(await held.visit()).toBe(0)
    await held.pass(60_000, { alone: true })
    expect(await held.visit()).toBe(0)
    expect(new Set(await held.extend())).toEqual(new Set(['held']))
  })

  it('what was prolonged gets its time anew after the next minute', async () => {
    const held = await afterAMinute()
    for (let k = 0; k < 5; k++) {
      expect(await held.visit()).toBe(0)
      expect(new Set(await held.extend())).toEqual(new Set(['held']))
      await held.pass(60_000, { alone: true })
    }
  })

  it('what was over before nobody came is recovered at once', async () => {
    const held = await hold(LEASE_MS)
    await held.pass(10_000, { alone: false })
    await held.pass(60_000, { alone: true })
    expect(await held.visit()).toBe(3)
  })
})

describe.each(Object.entries(OF))('of a %s that workers visit now and then', (kind, hold) => {
  // A visit's length, and the pause until the next one.
  it.each([
    [0, 6_000],
    [0, HOUR],
    [1_000, 10_000],
    [3_000, 6_000],
    [4_000, HOUR],
  ])(
    `for %i ms, then not for %i ms, a lost lease of the ${kind} is recovered by the third`,
    async (staysMs, awayMs) => {
      const held = await hold(LEASE_MS)
      let visits = 0
      for (let got = 0; got === 0;) {
        expect(++visits).toBeLessThan(5)
        await held.pass(awayMs, { alone: true })
        got = await held.visit()
        await held.pass(staysMs, { alone: false })
        if (got === 0 && staysMs > 0) got = await held.visit()
      }
      expect(visits).toBeLessThanOrEqual(3)
    },
  )
})

describe.each(Object.entries(OF))('of a %s', (kind, hold) => {
  it(`one worker with a long lease does not put off the recovery of others (${kind})`, async () => {
    const held = await hold(1_000)
    await held.visit(HOUR)
    await held.pass(60_000, { alone: true })
    expect(await held.visit(1_000)).toBe(0)
    await held.pass(2_000, { alone: false })
    expect(await held.visit(1_000)).toBe(3)
  })

  it('a worker with a long lease that is the first one after a gap puts recovery off by 30 s', async () => {
    const held = await hold(LEASE_MS)
    await held.pass(HOUR, { alone: true })
    expect(await held.visit(HOUR)).toBe(0)
    await held.pass(29_000, { alone: false })
    expect(await held.visit(LEASE_MS)).toBe(0)
    // A few more: on a fast machine no time of its own passes in between.
    await held.pass(1_010, { alone: false })
    expect(await held.visit(LEASE_MS)).toBe(3)
  })

  it('a worker with a short lease leaves to one with a longer lease what was left of it', async () => {
    const held = await hold(20_000)
    await held.pass(60_000, { alone: true })
    expect(await held.visit(1_000)).toBe(0)
    await held.pass(18_000, { alone: false })
    expect(await held.visit(1_000)).toBe(0)
    expect(new Set(await held.extend())).toEqual(new Set(['held']))
  })
})
