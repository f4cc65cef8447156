import type { MqError } from '../../errors.ts'
import { Follower } from '../../partitions/follower.ts'
import type { ChannelDriver, FrameListener } from '../../ports/channel-driver.ts'
import type { ChannelPosition } from '../../ports/channel-position.ts'
import type {
  GroupCommand,
  GroupDriver,
  GroupOptions,
  GroupStats,
  GroupTurn,
  GroupTurnReply,
} from '../../ports/group-driver.ts'
import type { Hint } from '../../ports/hint.ts'
import type { HistoryLimits } from '../../ports/history-limits.ts'
import type { Note } from '../../ports/note.ts'
import type { CommandReply, DeadTask, ListQuery } from '../../ports/queue-admin.ts'
import type { LeaseState } from '../../ports/queue-driver.ts'
import type { Subscription } from '../../ports/subscription.ts'
import { lookAtGroup } from '../look-at-group.ts'
import type { GroupLook } from '../look-at-group.ts'
import type { PartitionedChannel } from './partitioned-channel.ts'

type Driver = ChannelDriver | PartitionedChannel

/** A channel that is used by its name alone: see `Follower`. */
export class FollowingChannel implements ChannelDriver {
  readonly #follower: Follower<Driver>

  constructor(plain: ChannelDriver, open: (partitions: number) => PartitionedChannel) {
    this.#follower = new Follower<Driver>({ plain, open })
  }

  /** As far as is known. */
  get now(): Driver {
    return this.#follower.now
  }

  /** See `Follower.call`. A driver may throw at once. */
  call<T>(call: (driver: Driver) => Promise<T>): Promise<T> {
    return this.#follower.call(async (at) => call(at))
  }

  /** See `Follower.follow`. */
  follow(refusal: MqError): void {
    this.#follower.follow(refusal)
  }

  publish(bodies: readonly string[], history?: HistoryLimits): Promise<ChannelPosition> {
    return this.call((at) => at.publish(bodies, history))
  }

  subscribe(listener: FrameListener): Promise<Subscription> {
    return this.call((at) => at.subscribe(listener))
  }

  mark(): Promise<ChannelPosition> {
    return this.call((at) => at.mark())
  }

  groups(): Promise<readonly string[]> {
    return this.call((at) => at.groups())
  }

  obliterate(options: { readonly force: boolean }): Promise<'messages' | 'members' | undefined> {
    return this.call((at) => at.obliterate(options))
  }

  group(name: string, options: GroupOptions): FollowingGroup {
    return new FollowingGroup(this, name, options)
  }
}

/** A group of it. */
class FollowingGroup implements GroupDriver {
  readonly #channel: FollowingChannel
  readonly #name: string
  readonly #options: GroupOptions

  constructor(channel: FollowingChannel, name: string, options: GroupOptions) {
    this.#channel = channel
    this.#name = name
    this.#options = options
  }

  settleAndClaim(turn: GroupTurn): Promise<GroupTurnReply> {
    return this.#call((group) => group.settleAndClaim(turn))
  }

  extend(leases: readonly string[], leaseMs: number): Promise<readonly LeaseState[]> {
    return this.#call((group) => group.extend(leases, leaseMs))
  }

  note(notes: readonly Note[]): Promise<readonly boolean[]> {
    return this.#call((group) => group.note(notes))
  }

  listen(listener: (hint: Hint) => void): Promise<Subscription> {
    return this.#call((group) => group.listen(listener))
  }

  stats(): Promise<GroupStats | undefined> {
    return this.#call((group) => group.stats())
  }

  /** An adapter answers of a group that is not there without asking what the channel is. */
  async list(query: ListQuery): Promise<readonly DeadTask[]> {
    await this.#known()
    return this.#call((group) => group.list(query))
  }

  async apply(command: GroupCommand): Promise<CommandReply> {
    if (command.kind === 'redrive' || command.kind === 'discard') await this.#known()
    return this.#call((group) => group.apply(command))
  }

  look(position: ChannelPosition | undefined): Promise<GroupLook> {
    return this.#channel.call((at) => lookAtGroup(at, at.group(this.#name, this.#options), position))
  }

  async #known(): Promise<void> {
    await this.stats()
  }

  #call<T>(call: (group: GroupDriver) => Promise<T>): Promise<T> {
    return this.#channel.call((at) => call(at.group(this.#name, this.#options)))
  }
}
