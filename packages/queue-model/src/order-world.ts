import assert from 'node:assert/strict'
import type {
  AheadMessage,
  ChannelDriver,
  ClaimedTask,
  GroupDriver,
  GroupTurn,
  HistoryLimits,
  Settlement,
} from '@mq/core'
import { MAX_BATCH_BYTES } from '@mq/core/adapter'

/** A channel that is held to the model of ordered groups; fresh for each run. */
export interface RealOrder {
  readonly channel: ChannelDriver
  /** Lets so much time pass for the storage. */
  pass(ms: number): Promise<void>
  /** What is stored of messages though all are done. */
  leftovers(): Promise<readonly string[]>
  close(): Promise<void>
}

export const LEASE_MS = 60_000
const KEPT: HistoryLimits = { maxCount: 100_000, unreadFactor: 10, groupExpiresMs: 604_800_000 }

/** A message as it was published, and what became of it in the group. */
interface Message {
  readonly n: number
  readonly key: string
  /** `open`: given, and not ended. */
  state: 'unread' | 'open' | 'over' | 'dead'
  /** It was a dead letter: its place is no longer that of its number. */
  redriven: boolean
}

interface Member {
  readonly lane: string
  seq: number
  ahead: readonly AheadMessage[]
  held: ClaimedTask[]
}

/** The messages of a channel, and the members of a group that is ordered by key. */
export class OrderWorld {
  readonly messages: Message[] = []
  readonly #members: Member[] = [0, 1, 2].map((i) => ({ lane: `member${i}.1`, seq: 0, ahead: [], held: [] }))
  readonly #channel: ChannelDriver
  readonly #group: GroupDriver
  /** By lease: its number and when it is over, while the lease is the newest of its message. */
  readonly #leases = new Map<string, { readonly n: number; readonly until: number }>()
  /** The numbers of dead letters. One stays a letter when the group is sent back before its message. */
  readonly #letters = new Set<number>()
  readonly #real: RealOrder
  #now = 0

  constructor(real: RealOrder) {
    this.#real = real
    this.#channel = real.channel
    this.#group = real.channel.group('audit', { from: 'earliest' })
  }

  async publish(keys: readonly string[]): Promise<void> {
    for (const key of keys) this.messages.push({ n: this.messages.length + 1, key, state: 'unread', redriven: false })
    const { n } = await this.#channel.publish(
      keys.map((key) => `"${key}"`),
      KEPT,
    )
    assert.equal(n, this.messages.length)
  }

  /** Settles as `ends` says, of what it holds, and claims. `tells`: whether it tells the keys that it read ahead. */
  async turn(which: number, ends: readonly Settlement['kind'][], want: number, how: TurnOptions): Promise<number> {
    const member = this.#members[which % this.#members.length]!
    const settled = member.held.splice(0, ends.length)
    const settlements = settled.map(({ lease }, i) => settlementOf(lease, ends[i]!, how.delayMs))
    const keys = how.tells ? member.ahead.map(({ id, payload }) => ({ id, key: payload.split('"')[1]! })) : []
    if (how.tells) member.ahead = []
    const turn: GroupTurn = {
      lane: member.lane,
      seq: ++member.seq,
      repeat: false,
      settlements,
      want,
      maxBytes: how.maxBytes ?? MAX_BATCH_BYTES,
      leaseMs: LEASE_MS,
      keepResults: false,
      awaitWork: false,
      suspectFrom: how.suspectFrom,
      order: { keys },
    }
    let reply = await this.#group.settleAndClaim(turn)
    if (how.repeats) {
      const again = await this.#group.settleAndClaim({ ...turn, repeat: true })
      if (settlements.length > 0 || reply.claimed.length > 0) {
        assert.deepEqual(
          again.claimed.map(({ lease }) => lease),
          reply.claimed.map(({ lease }) => lease),
        )
      } else reply = again
    }
    assert.equal(reply.lost, undefined, 'nothing was lost')
    settled.forEach(({ lease, n }, i) => {
      assert.equal(reply.stale.includes(i), this.#leases.get(lease) === undefined, `${n} ${ends[i]} by ${lease}`)
      if (!reply.stale.includes(i)) this.#settled(lease, ends[i]!)
    })
    // Those that are over, and whose members said nothing, are given again.
    for (const [lease, { until }] of this.#leases) if (until <= this.#now) this.#leases.delete(lease)
    for (const task of reply.claimed) this.#given(task)
    member.held.push(...reply.claimed)
    if (reply.ahead !== undefined) member.ahead = reply.ahead
    return reply.claimed.length + (reply.ahead?.length ?? 0)
  }

  async pass(ms: number): Promise<void> {
    this.#now += ms
    await this.#real.pass(ms)
  }

  async redrive(which: number, delayMs: number): Promise<void> {
    const all = [...this.#letters]
    const n = all.length > 0 ? all[which % all.length]! : 1
    const message = this.messages[n - 1]
    if (message === undefined) return
    // It would exist twice while the group is to end it anyway.
    const isOver = message.state === 'over' || message.state === 'dead'
    const { changed } = await this.#group.apply({ kind: 'redrive', tasks: [{ n: String(n), delayMs }] })
    assert.equal(changed, this.#letters.has(n) && isOver ? 1 : 0)
    if (changed === 0) return
    this.#letters.delete(n)
    Object.assign(message, { state: 'unread', redriven: true })
  }

  async sendBack(): Promise<void> {
    const { changed, absent } = await this.#group.apply({ kind: 'seek', to: 'earliest' })
    if (absent) return
    assert.equal(changed, 1)
    this.#leases.clear()
    for (const message of this.messages) Object.assign(message, { state: 'unread', redriven: false })
    for (const member of this.#members) member.held = []
  }

  async judgeCounts(): Promise<void> {
    const stats = await this.#group.stats()
    if (stats === undefined) return
    const { unread, ahead, blocked, returned, delayed, running } = stats
    const open = this.messages.filter(({ state }) => state === 'unread' || state === 'open').length
    assert.equal(unread + returned + delayed + running, open, JSON.stringify(stats))
    assert.ok(blocked <= ahead && ahead <= unread, JSON.stringify(stats))
  }

  async judgeEnd(): Promise<void> {
    for (const { n, state } of this.messages) assert.ok(state === 'over' || state === 'dead', `${n} is ${state}`)
  }

  #settled(lease: string, kind: Settlement['kind']): void {
    const message = this.messages[this.#leases.get(lease)!.n - 1]!
    this.#leases.delete(lease)
    if (kind === 'complete' || kind === 'expire') message.state = 'over'
    else if (kind === 'bury') {
      message.state = 'dead'
      this.#letters.add(message.n)
    }
  }

  #given({ n, lease, payload }: ClaimedTask): void {
    const message = this.messages[Number(n) - 1]!
    const what = `${n} of ${message.key}`
    assert.equal(payload.split('"')[1], message.key)
    assert.ok(message.state === 'unread' || message.state === 'open', `${what} was ${message.state}`)
    for (const [other, { n: number }] of this.#leases) {
      // Else it is given to two.
      if (number === message.n) assert.fail(`${what} is held under ${other}`)
    }
    const others = this.messages.filter(({ key, state }) => key === message.key && state === 'open')
    assert.ok(
      others.every((other) => other === message),
      `${what} beside ${others.map((other) => other.n).join(' ')}`,
    )
    if (message.state === 'unread' && !message.redriven) {
      const earlier = this.messages.slice(0, message.n - 1).filter(({ key, state, redriven }) => {
        return key === message.key && state === 'unread' && !redriven
      })
      assert.equal(earlier.length, 0, `${what} before ${earlier.map((other) => other.n).join(' ')}`)
    }
    message.state = 'open'
    this.#leases.set(lease, { n: message.n, until: this.#now + LEASE_MS })
  }
}

export interface TurnOptions {
  readonly tells: boolean
  readonly repeats: boolean
  readonly delayMs: number
  readonly maxBytes?: number | undefined
  readonly suspectFrom?: number | undefined
}

function settlementOf(lease: string, kind: Settlement['kind'], delayMs: number): Settlement {
  if (kind === 'retry') return { kind, lease, delayMs, charge: true }
  if (kind === 'bury') return { kind, lease, reason: 'bad', detail: '', charge: true }
  return { kind, lease }
}
