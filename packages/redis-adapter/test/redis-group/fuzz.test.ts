// Whatever publishers, members, crashes and retention do: each group gets every message, or is told how many it did not.
import type { ClaimedTask, GroupDriver, HistoryLimits, Settlement, Storage } from '@mq/core'
import { describe, expect, it } from 'vitest'
import { eventually } from '../lab/eventually.ts'
import { rollDice } from '../lab/seeded.ts'
import type { Dice } from '../lab/seeded.ts'
import { Lab } from '../lab/lab.ts'
import { WorkerLane } from '../lab/worker-lane.ts'

const lab = await Lab.start()
const STEPS = 600

interface Member {
  readonly lane: WorkerLane
  held: ClaimedTask[]
}

/** What a group was given, and what it was told. */
class Watched {
  readonly group: GroupDriver
  readonly members: Member[]
  /** How often each number was given, and of those how often its lease ended otherwise than by being completed. */
  readonly given = new Map<number, number>()
  readonly completed = new Set<number>()
  readonly stale = new Set<string>()
  newest = 0
  lost = 0
  outOfOrder = 0

  constructor(storage: Storage, channel: string, name: string) {
    this.group = storage.channel(channel).group(name, { from: 'earliest' })
    this.members = [0, 1, 2].map(() => ({ lane: new WorkerLane(this.group), held: [] }))
  }

  async turn(member: Member, dice: Dice): Promise<void> {
    const settlements: Settlement[] = []
    member.held = member.held.filter((task) => {
      if (dice.next() < 0.4) return true
      const { lease } = task
      const draw = dice.next()
      if (draw < 0.7) settlements.push({ kind: 'complete', lease })
      else if (draw < 0.8) settlements.push({ kind: 'release', lease })
      else if (draw < 0.9) settlements.push({ kind: 'retry', lease, delayMs: dice.between(0, 2), charge: true })
      else settlements.push({ kind: 'bury', lease, reason: 'bad', detail: '', charge: true })
      return false
    })
    const turn = member.lane.next({
      settlements,
      want: dice.between(0, 20),
      maxBytes: dice.between(1, 500),
      leaseMs: 30_000,
    })
    let reply = await this.group.settleAndClaim(turn)
    if (dice.next() < 0.2) {
      const again = await this.group.settleAndClaim({ ...turn, repeat: true })
      // An empty turn leaves no trace, so its repetition may find what fell due meanwhile.
      if (settlements.length > 0 || reply.claimed.length > 0 || reply.lost !== undefined) {
        expect(again.claimed.map(({ lease }) => lease)).toEqual(reply.claimed.map(({ lease }) => lease))
        expect([again.stale, again.lost]).toEqual([reply.stale, reply.lost])
      }
      reply = again
    }
    settlements.forEach(({ kind, lease }, i) => {
      if (reply.stale.includes(i)) this.stale.add(lease)
      else if (kind === 'complete' || kind === 'bury') this.completed.add(this.#numberOf.get(lease)!)
    })
    this.lost += reply.lost ?? 0
    for (const task of reply.claimed) {
      const n = Number(task.n)
      this.#numberOf.set(task.lease, n)
      const times = this.given.get(n) ?? 0
      this.given.set(n, times + 1)
      if (times === 0 && n < this.newest) this.outOfOrder++
      this.newest = Math.max(this.newest, n)
      expect(task.payload.split(' ')[2]).toBe(`"${n}${'x'.repeat(n % 50)}"`)
      member.held.push(task)
    }
  }

  readonly #numberOf = new Map<string, number>()
}

describe('each group is given every message, or told how many it was not:', () => {
  const limits: Record<string, HistoryLimits> = {
    'nothing dropped': { maxCount: 1_000_000, unreadFactor: 10, groupExpiresMs: 600_000 },
    // The factor holds for the age too: whatever a busy machine takes for the steps, nothing gets as old as that.
    'soft limits': { maxCount: 7, maxBytes: 300, maxAgeMs: 3, unreadFactor: 100_000, groupExpiresMs: 600_000 },
    'a hard cap by count': { maxCount: 10, unreadFactor: 3, groupExpiresMs: 600_000 },
    'a hard cap by bytes': { maxBytes: 300, unreadFactor: 2, groupExpiresMs: 600_000 },
  }
  it.each(Object.entries(limits))('%s', async (what, history) => {
    const dice = rollDice(what)
    const name = lab.freshName()
    const storage = await lab.open()
    const channel = storage.channel(name)
    const groups = ['a', 'b', 'c'].map((group) => new Watched(storage, name, group))
    for (const group of groups) await group.turn(group.members[0]!, dice)
    let published = 0
    for (let step = 0; step < STEPS; step++) {
      if (dice.next() < 0.3) {
        const bodies = Array.from({ length: dice.between(1, 8) }, () => `"${++published}${'x'.repeat(published % 50)}"`)
        expect((await channel.publish(bodies, history)).n).toBe(published)
      }
      const group = dice.oneOf(groups)
      await group.turn(dice.oneOf(group.members), dice)
      if (dice.next() < 0.02) {
        // A member dies with all it holds.
        const dead = dice.oneOf(group.members)
        for (const { lease } of dead.held) {
          await lab.redis.zadd(
            `mq:{${name}}:group.${'abc'[groups.indexOf(group)]}:leases`,
            'XX',
            1,
            lease.split('.')[0]!,
          )
        }
        dead.held = []
      }
    }
    for (const group of groups) {
      for (const member of group.members) await member.lane.complete(...member.held)
      for (const member of group.members) for (const { n } of member.held) group.completed.add(Number(n))
      // A retry may be due only in a moment.
      const stats = await eventually(async () => {
        for (const { n } of await group.members[0]!.lane.drain()) {
          group.given.set(Number(n), (group.given.get(Number(n)) ?? 0) + 1)
          group.completed.add(Number(n))
        }
        const now = (await group.group.stats())!
        return now.delayed === 0 && now
      }, 'an end of all retries')
      const missing = Array.from({ length: published }, (_, i) => i + 1).filter((n) => !group.given.has(n))
      expect({ unread: stats.unread, running: stats.running, returned: stats.returned }).toEqual({
        unread: 0,
        running: 0,
        returned: 0,
      })
      expect(group.outOfOrder).toBe(0)
      if (history.unreadFactor >= 10) expect([missing, stats.lost]).toEqual([[], 0])
      // Lost, too, is what was given once, was not completed, and had been dropped when it should have been given again.
      else expect(stats.lost).toBeGreaterThanOrEqual(missing.length)
      const open = [...group.given.keys()].filter((n) => !group.completed.has(n))
      expect(stats.lost).toBe(missing.length + open.length)
    }
    const entries = await lab.redis.xlen(`mq:{${name}}:log`)
    if (history.maxCount !== undefined && history.maxCount < 100) {
      await channel.publish([`"${++published}"`], history)
      expect(await lab.redis.xlen(`mq:{${name}}:log`)).toBeLessThanOrEqual(Math.max(history.maxCount, 8))
    } else expect(entries).toBeGreaterThan(0)
  })
})
