import type { ClaimedTask, GroupDriver, HistoryLimits, Settlement, Storage } from '@mq/core'
import type { Lab } from './lab.ts'
import { WorkerLane } from './worker-lane.ts'

export const KEPT: HistoryLimits = {
  maxCount: 30,
  maxBytes: 100_000,
  maxAgeMs: 600_000,
  unreadFactor: 10,
  groupExpiresMs: 600_000,
}

/** A channel with a group in which something stands in every key. */
export class FurnishedGroup {
  readonly storage: Storage
  readonly name: string
  readonly group: GroupDriver
  /** Four messages in the hands of a member: two fresh ones, two that were given before. */
  readonly held: readonly ClaimedTask[]
  /** All that a group must still get, by number. */
  readonly open: readonly string[]
  readonly #lab: Lab

  static async create(lab: Lab): Promise<FurnishedGroup> {
    const storage = await lab.open()
    const name = lab.freshName()
    const channel = storage.channel(name)
    const group = channel.group('audit', { from: 'earliest' })
    await channel.publish(
      Array.from({ length: 14 }, (_, i) => String(i + 1)),
      KEPT,
    )
    const lane = new WorkerLane(group)
    const [done, dead, again, more, ...rest] = await lane.claim(10)
    await lane.settle(
      { kind: 'complete', lease: done!.lease },
      { kind: 'bury', lease: dead!.lease, reason: 'bad', detail: '', charge: true },
      { kind: 'release', lease: again!.lease },
      { kind: 'release', lease: more!.lease },
    )
    const held = await lane.claim(2)
    await lane.settle({ kind: 'release', lease: rest[5]!.lease })
    await lab.redis.lmove(key(name, 'group.audit:back'), key(name, 'group.audit:suspects'), 'LEFT', 'LEFT')
    await lane.settle(
      { kind: 'retry', lease: rest[0]!.lease, delayMs: 0, charge: true },
      { kind: 'retry', lease: rest[1]!.lease, delayMs: 60_000, charge: true },
      { kind: 'retry', lease: rest[2]!.lease, delayMs: 1, charge: true },
    )
    await group.note(held.map(({ lease }) => ({ lease, kind: 'memo', body: '{"a":1}' })))
    const sleeper = (await lab.open()).channel(name).group('other', { from: 'latest' })
    await new WorkerLane(sleeper).fallAsleep()
    await lab.redis.copy(key(name, 'group.other:idle'), key(name, 'group.audit:idle'))
    // A dead letter beyond its age.
    await lab.redis.zadd(key(name, 'group.audit:dead'), 1, '99')
    await lab.redis.hset(key(name, 'group.audit:graves'), '99', '0|0|0|["bad",""]\n17000000000000\n1')
    const open = Array.from({ length: 12 }, (_, i) => String(i + 3))
    return new FurnishedGroup(lab, storage, name, [...rest.slice(3, 5), ...held], open)
  }

  private constructor(lab: Lab, storage: Storage, name: string, held: readonly ClaimedTask[], open: readonly string[]) {
    this.#lab = lab
    this.storage = storage
    this.name = name
    this.held = held
    this.open = open
    this.group = storage.channel(name).group('audit', { from: 'latest' })
  }

  /** The keys that hold something. */
  async parts(name: string = this.name): Promise<string[]> {
    return (await this.#lab.redis.keys(key(name, '*'))).map((full) => full.slice(key(name, '').length))
  }

  settlements(): Settlement[] {
    const [a, b, c, d] = this.held.map(({ lease }) => lease)
    return [
      { kind: 'complete', lease: a! },
      { kind: 'retry', lease: b!, delayMs: 60_000, charge: true },
      { kind: 'bury', lease: c!, reason: 'bad', detail: '', charge: false },
      { kind: 'release', lease: d! },
    ]
  }

  /** The same channel again under another name. */
  async copy(): Promise<string> {
    const name = this.#lab.freshName()
    for (const part of await this.parts()) await this.#lab.redis.copy(key(this.name, part), key(name, part))
    await this.#someoneWasHere(name)
    return name
  }

  /** Everything that is left comes to one member: what is unread, what is delayed, what others hold. */
  async rest(name: string): Promise<string[]> {
    const { redis } = this.#lab
    for (const part of ['delays', 'leases']) {
      const full = key(name, `group.audit:${part}`)
      for (const each of await redis.zrange(full, '0', '-1')) await redis.zadd(full, 'XX', 1, each)
    }
    await redis.hdel(key(name, 'group.audit:meta'), 'paused')
    await this.#someoneWasHere(name)
    const lane = new WorkerLane(this.storage.channel(name).group('audit', { from: 'latest' }))
    const numbers = (await lane.drain()).map(({ n }) => n)
    return numbers.sort((a, b) => Number(a) - Number(b))
  }

  /** Or recovery would wait for a lease's time. */
  async #someoneWasHere(name: string): Promise<void> {
    const [seconds] = await this.#lab.redis.time()
    await this.#lab.redis.hset(key(name, 'group.audit:meta'), 'seen', `${seconds}000`)
  }
}

export function key(name: string, part: string): string {
  return `mq:{${name}}:${part}`
}
