import { MqError } from '../../errors.ts'
import { applyOver } from '../../partitions/commands.ts'
import { listOver } from '../../partitions/listing.ts'
import { fixedPartitions } from '../../partitions/partitions.ts'
import type { Partitions } from '../../partitions/partitions.ts'
import { checkGroupCommand } from '../../ports/check-arguments.ts'
import type { ChannelPosition } from '../../ports/channel-position.ts'
import type {
  GroupCommand,
  GroupDriver,
  GroupStart,
  GroupStats,
  GroupTurn,
  GroupTurnReply,
} from '../../ports/group-driver.ts'
import type { CommandReply, DeadTask, ListQuery, QueueAdmin } from '../../ports/queue-admin.ts'
import type { LeaseState, QueueDriver } from '../../ports/queue-driver.ts'
import type { Subscription } from '../../ports/subscription.ts'
import type { Clock } from '../../clock.ts'
import { numberAt } from '../../partitions/places.ts'
import type { GroupLook } from '../look-at-group.ts'
import { GroupPort } from './group-port.ts'
import type { ChannelPort } from './channel-port.ts'
import { sumOfGroup, tellingOf } from './group-counts.ts'
import { placeOfPosition } from './positions.ts'
import { Starts } from './starts.ts'

export interface PartitionedGroupParts {
  readonly name: string
  readonly from: GroupStart
  readonly ports: readonly ChannelPort[]
  readonly clock: Clock
  /** See `Width.sure`. */
  readonly sure: () => Promise<void> | undefined
  readonly stored: (index: number) => void
}

/** One group for its operators, made of those of the partitions. Members make their turns by `PartitionedMember`. */
export class PartitionedGroup implements GroupDriver {
  readonly #parts: PartitionedGroupParts
  readonly #groups: readonly GroupPort[]
  /** For what names messages by their numbers. */
  readonly #letters: Partitions

  constructor(parts: PartitionedGroupParts) {
    const { ports, name, from, clock, stored } = parts
    const starts = new Starts(from, ports, clock)
    this.#parts = parts
    this.#groups = ports.map((port) => new GroupPort(port, name, () => starts.at(port.index)))
    // Of a queue's driver it is asked what groups have as well.
    const drivers = this.#groups.map((group) => group as unknown as QueueDriver & QueueAdmin)
    this.#letters = fixedPartitions(drivers, stored)
  }

  /** The empty turn by which a member begins it: in all partitions. */
  async settleAndClaim(turn: GroupTurn): Promise<GroupTurnReply> {
    if (turn.want > 0 || turn.settlements.length > 0) refuse()
    await this.#parts.sure()
    await Promise.all(this.#groups.map((group) => group.settleAndClaim(turn)))
    return { stale: [], claimed: [] }
  }

  async stats(): Promise<GroupStats | undefined> {
    await this.#parts.sure()
    return sumOfGroup(await this.#all())
  }

  async list(query: ListQuery): Promise<readonly DeadTask[]> {
    await this.#parts.sure()
    return listOver(this.#letters, query)
  }

  async apply(command: GroupCommand): Promise<CommandReply> {
    checkGroupCommand(command)
    await this.#parts.sure()
    if (command.kind === 'redrive' || command.kind === 'discard') return applyOver(this.#letters, command)
    const starts = command.kind === 'seek' ? new Starts(command.to, this.#parts.ports, this.#parts.clock) : undefined
    const replies = await Promise.all(
      this.#groups.map(async (group, index) => {
        const own = starts === undefined ? command : ({ kind: 'seek', to: await starts.at(index) } as const)
        return group.apply(own)
      }),
    )
    if (command.kind !== 'pause') this.#groups.forEach((_, index) => this.#parts.stored(index))
    const changed = replies.some((reply) => reply.changed > 0) ? 1 : 0
    return replies.every(({ absent }) => absent === true) ? { changed, absent: true } : { changed }
  }

  /** In one partition: that of the message, or the one whose reason is that of the group. */
  async look(position: ChannelPosition | undefined): Promise<GroupLook> {
    const { ports } = this.#parts
    await this.#parts.sure()
    const of = ports.length
    const place = position && placeOfPosition(position, of)
    // What is published between the two calls counts as not read.
    const newest = place && (await ports[place.index]!.mark())
    const all = await this.#all()
    const whole = sumOfGroup(all)
    if (whole === undefined) return {}
    const index = place?.index ?? tellingOf(all)
    const stats = all[index]
    return {
      stats,
      newest,
      inHands: whole.running,
      partition: { index, of },
      ...(place === undefined ? undefined : { n: place.own.n, letter: numberAt(index, String(place.own.n)) }),
    }
  }

  extend(): Promise<readonly LeaseState[]> {
    return refuse()
  }

  note(): Promise<readonly boolean[]> {
    return refuse()
  }

  listen(): Promise<Subscription> {
    return refuse()
  }

  #all(): Promise<readonly (GroupStats | undefined)[]> {
    return Promise.all(this.#groups.map((group) => group.stats()))
  }
}

function refuse(): never {
  throw new MqError('unsupported', 'the members of a group over partitions make turns of their own')
}
