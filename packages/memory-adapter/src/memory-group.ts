import type {
  CommandReply,
  DeadTask,
  GroupCommand,
  GroupDriver,
  GroupStart,
  GroupStats,
  GroupTurn,
  GroupTurnReply,
  Hint,
  LeaseState,
  ListQuery,
  Note,
  Subscription,
} from '@mq/core/adapter'
import type { ChannelState } from './channel-state.ts'
import { checkExtend, checkGroupCommand, checkGroupTurn, checkList, checkNotes } from '@mq/core/adapter'
import { discard, redrive } from './group-letters.ts'
import { takeTurn } from './group-turn.ts'
import type { HintPost } from './hint-post.ts'

export interface GroupParticipant {
  readonly assertOpen: () => void
  /** Where its hints about this group arrive. */
  readonly post: HintPost
  /** The subscriptions that end with the participant. */
  readonly listening: Set<MemoryGroup>
}

/** One participant's access to a consumer group. Each call takes effect at once and as a whole. */
export class MemoryGroup implements GroupDriver {
  readonly #channel: ChannelState
  readonly #name: string
  readonly #from: GroupStart
  readonly #participant: GroupParticipant
  readonly #post: HintPost

  constructor(channel: ChannelState, name: string, from: GroupStart, participant: GroupParticipant) {
    this.#channel = channel
    this.#name = name
    this.#from = from
    this.#participant = participant
    this.#post = participant.post
  }

  async settleAndClaim(turn: GroupTurn): Promise<GroupTurnReply> {
    this.#participant.assertOpen()
    checkGroupTurn(turn)
    const began = this.#channel.group(this.#name) === undefined
    // A lane that was used before, and ends, does not create a group: the group was removed meanwhile.
    if (began && turn.last && turn.seq > 1) return { stale: turn.settlements.map((_, index) => index), claimed: [] }
    return takeTurn(this.#channel.openGroup(this.#name, this.#from), turn, this.#post, began)
  }

  async extend(leases: readonly string[], leaseMs: number): Promise<readonly LeaseState[]> {
    this.#participant.assertOpen()
    checkExtend(leases, leaseMs)
    const group = this.#channel.group(this.#name)
    return leases.map((lease) => {
      const task = group?.held(lease)
      if (group === undefined || task === undefined) return 'lost'
      group.seenAt = group.clock.now()
      group.leases.extend(task, group.seenAt + leaseMs)
      return 'held'
    })
  }

  async note(notes: readonly Note[]): Promise<readonly boolean[]> {
    this.#participant.assertOpen()
    checkNotes(notes)
    const group = this.#channel.group(this.#name)
    return notes.map(({ lease, kind, body }) => {
      const task = group?.held(lease)
      if (task !== undefined && kind === 'memo') task.memo = body
      if (task !== undefined && kind === 'start') task.started = true
      return task !== undefined
    })
  }

  async listen(listener: (hint: Hint) => void): Promise<Subscription> {
    this.#participant.assertOpen()
    const { listening } = this.#participant
    const subscription = this.#post.listen(listener)
    this.#channel.listenTo(this.#name, this.#post)
    listening.add(this)
    return {
      get live() {
        return subscription.live
      },
      close: async () => {
        listening.delete(this)
        await subscription.close()
        if (!this.#post.isHeard) this.#channel.leave(this.#name, this.#post)
      },
    }
  }

  async stats(): Promise<GroupStats | undefined> {
    this.#participant.assertOpen()
    return this.#channel.group(this.#name)?.stats
  }

  async list(query: ListQuery): Promise<readonly DeadTask[]> {
    this.#participant.assertOpen()
    checkList(query)
    const group = this.#channel.group(this.#name)
    return group?.dead.list(query, group.clock.now()) ?? []
  }

  async apply(command: GroupCommand): Promise<CommandReply> {
    this.#participant.assertOpen()
    checkGroupCommand(command)
    const group = this.#channel.group(this.#name)
    if (command.kind === 'redrive') return redrive(group, command.tasks)
    if (command.kind === 'discard') return discard(group, command.tasks)
    if (group === undefined) return { changed: 0, absent: true }
    if (command.kind === 'remove') this.#channel.removeGroup(this.#name)
    else if (command.kind === 'seek') group.seek(command.to)
    else if (!this.#channel.setPaused(this.#name, command.kind === 'pause')) return { changed: 0 }
    if (group.hasMore) group.idle.wakeOne()
    return { changed: 1 }
  }

  /** The participant ends. What it holds stays leased until the deadlines. */
  end(): void {
    this.#post.close()
    this.#channel.leave(this.#name, this.#post)
    this.#channel.group(this.#name)?.idle.forget(this.#post)
  }
}
