import { MqError } from '../../errors.ts'
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

/**
 * A channel that is used by its name alone. It is called as one without partitions; when the storage says that it has
 * some, or another number, those are called from then on, first with what was refused.
 */
export class FollowingChannel implements ChannelDriver {
  readonly #plain: ChannelDriver
  readonly #open: (partitions: number) => PartitionedChannel
  #now: Driver

  constructor(plain: ChannelDriver, open: (partitions: number) => PartitionedChannel) {
    this.#plain = plain
    this.#open = open
    this.#now = plain
  }

  /** As far as is known. */
  get now(): Driver {
    return this.#now
  }

  /** Once more where the channel has another number of partitions: nothing was done then. */
  async call<T>(call: (driver: Driver) => Promise<T>): Promise<T> {
    const called = this.#now
    try {
      return await call(called)
    } catch (thrown) {
      if (!MqError.is(thrown, 'partitions-differ')) throw thrown
      // Another call may have found out before.
      if (this.#now === called) this.follow(thrown)
      return call(this.#now)
    }
  }

  /** Of a refusal that says how many partitions there are. */
  follow(refusal: MqError): void {
    const partitions = Number(refusal.details['partitions'])
    this.#now = partitions > 1 ? this.#open(partitions) : this.#plain
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
