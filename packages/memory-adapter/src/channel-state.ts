import { randomUUID } from 'node:crypto'
import type { ChannelPosition, Frame, GroupStart, HistoryLimits } from '@mq/core/adapter'
import { GroupState } from './group-state.ts'
import type { HintPost } from './hint-post.ts'
import { MessageLog } from './message-log.ts'
import type { StorageClock } from './storage-clock.ts'

/** Receives frames. */
export interface FrameTaker {
  send(frame: Frame): void
}

/**
 * The state of one channel that its participants share: its numbering, its listeners, its kept messages, and the groups
 * that read them.
 */
export class ChannelState {
  readonly subscriptions: Set<FrameTaker> = new Set()
  readonly shardedSubscriptions: Set<FrameTaker> = new Set()
  log: MessageLog = new MessageLog()
  readonly #groups = new Map<string, GroupState>()
  /** Listening participants, by group, which need not exist yet. */
  readonly #ears = new Map<string, Set<HintPost>>()
  readonly #clock: StorageClock
  readonly #sendToPatterns: (frame: Frame) => void
  #epoch = randomUUID()
  #newest = 0
  /** The highest token of removed groups, so that a group of the same name gives no token twice. */
  #fence = 0

  constructor(clock: StorageClock, sendToPatterns: (frame: Frame) => void) {
    this.#clock = clock
    this.#sendToPatterns = sendToPatterns
  }

  get position(): ChannelPosition {
    return { epoch: this.#epoch, n: this.#newest }
  }

  get groups(): Iterable<GroupState> {
    return this.#groups.values()
  }

  get groupNames(): string[] {
    return [...this.#groups.keys()]
  }

  publish(bodies: readonly string[], sharded: boolean, history: HistoryLimits | undefined): ChannelPosition {
    const frame: Frame = { epoch: this.#epoch, n: this.#newest + 1, bodies }
    this.#newest += bodies.length
    if (history !== undefined) this.#keep(frame, history)
    if (bodies.length === 0) return this.position
    for (const subscription of sharded ? this.shardedSubscriptions : this.subscriptions) subscription.send(frame)
    if (!sharded) this.#sendToPatterns(frame)
    return this.position
  }

  group(name: string): GroupState | undefined {
    return this.#groups.get(name)
  }

  listenTo(group: string, post: HintPost): void {
    const ears = this.#ears.get(group) ?? new Set()
    this.#ears.set(group, ears.add(post))
  }

  leave(group: string, post: HintPost): void {
    const ears = this.#ears.get(group)
    if (ears?.delete(post) && ears.size === 0) this.#ears.delete(group)
  }

  /** Whether it changed something. */
  setPaused(name: string, paused: boolean): boolean {
    const group = this.#groups.get(name)
    if (group === undefined || group.paused === paused) return false
    group.paused = paused
    if (paused) for (const post of this.#ears.get(name) ?? []) post.send({ kind: 'paused' })
    return true
  }

  /** Returns a group, created when a member first calls. */
  openGroup(name: string, from: GroupStart): GroupState {
    const known = this.#groups.get(name)
    if (known !== undefined) return known
    const group = new GroupState(this, this.#clock, from, this.#fence)
    this.#groups.set(name, group)
    return group
  }

  removeGroup(name: string): void {
    const { leases } = this.#groups.get(name)!
    this.#fence = Math.max(this.#fence, leases.fence)
    this.#groups.delete(name)
  }

  /** Something was published, or somebody listens. */
  get isUsed(): boolean {
    return this.#newest + this.#groups.size + this.subscriptions.size + this.shardedSubscriptions.size > 0
  }

  /** What members of its groups hold or wait for. */
  get inUse(): 'messages' | 'members' | undefined {
    const groups = [...this.#groups.values()]
    if (groups.some(({ leases }) => leases.countHeld(this.#clock.now()) > 0)) return 'messages'
    return groups.some(({ idle }) => idle.size > 0) ? 'members' : undefined
  }

  /** Removes everything; the next call begins a new epoch. */
  obliterate(): void {
    for (const name of this.#groups.keys()) this.removeGroup(name)
    this.log = new MessageLog()
    this.#epoch = randomUUID()
    this.#newest = 0
  }

  /** How long ago a message was published, ms; undefined where it is not kept. */
  agoOf({ epoch, n }: ChannelPosition): number | undefined {
    const message = epoch === this.#epoch ? this.log.after(n - 1) : undefined
    return message?.n === n ? this.#clock.epochMs(this.#clock.now()) - message.at : undefined
  }

  /** The number before the position. */
  before(start: GroupStart): number {
    if (start === 'latest') return this.#newest
    const { log } = this
    if (start !== 'earliest' && 'position' in start && start.position.epoch === this.#epoch) {
      return Math.min(start.position.n, this.#newest)
    }
    const isTime = start !== 'earliest' && 'sinceMs' in start
    const first = isTime ? log.since(this.#clock.epochMs(this.#clock.now()) - start.sinceMs) : log.after(0)
    return first === undefined ? this.#newest : first.n - 1
  }

  #keep({ n, bodies }: Frame, history: HistoryLimits): void {
    const now = this.#clock.now()
    const at = this.#clock.epochMs(now)
    bodies.forEach((body, i) => this.log.add(n + i, at, body))
    let readByAll = Number.POSITIVE_INFINITY
    for (const [name, group] of this.#groups) {
      if (now - group.seenAt >= history.groupExpiresMs && group.leases.countHeld(now) === 0) this.removeGroup(name)
      else {
        readByAll = Math.min(readByAll, group.needless)
        if (!group.paused) group.idle.wakeOne()
      }
    }
    this.log.trim(history, readByAll, at)
  }
}
