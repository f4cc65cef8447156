import type { ChannelPosition } from './channel-position.ts'
import type { CommandReply, DeadCommand, DeadTask, ListQuery } from './queue-admin.ts'
import type { QueueDriver, Turn, TurnReply } from './queue-driver.ts'

/**
 * A consumer group of a channel: competing members with one cursor. It runs on the worker engine of queues, hence the
 * same verbs and the laws of `QueueDriver`. Besides:
 * 1. A group is created by the first turn of a member, at its `from`; a group that exists continues where it was. A
 *    group that was removed is created again by any turn, except by a `last` one whose `seq` is above 1, which only
 *    ends a lane.
 * 2. A claim gives first the messages that were returned (released, recovered, due retries), then those that no member
 *    was given yet, in the order of publishing. The cursor moves in the same step, so no message is skipped and none is
 *    given twice unless its lease ended. Suspects (`suspectFrom`) are set aside as in a queue; a message that no member
 *    was given yet cannot be one.
 * 3. A message is delivered as a task: its `n`, no header, and the payload "epoch n body".
 * 4. Messages that were dropped before the group was given them are counted in `lost` of the turn that passes them,
 * once.
 * 5. Results are not kept and nobody can watch: `keepResults`, `keep.results` and notes are ignored.
 * 6. To extend a lease may also extend those that were claimed in the same turn.
 */
export interface GroupDriver extends Pick<QueueDriver, 'extend' | 'note' | 'listen'> {
  settleAndClaim(turn: Turn): Promise<GroupTurnReply>
  /** Undefined when the group does not exist. */
  stats(): Promise<GroupStats | undefined>
  /** Dead letters, newest first. Bounded as a queue's. */
  list(query: ListQuery): Promise<readonly DeadTask[]>
  /**
   * `changed`: for commands on dead letters their number; otherwise 1, or 0 when there was nothing to change. `absent`:
   * the group does not exist, for commands other than those on dead letters. A command may be repeated.
   */
  apply(command: GroupCommand): Promise<CommandReply>
}

export interface GroupTurnReply extends TurnReply {
  /** Messages that this turn passed because the channel no longer had them. */
  readonly lost?: number | undefined
  /** The group did not exist; this turn created it. */
  readonly began?: boolean | undefined
}

/**
 * Where to read from: messages that are published from now on, all that are kept, those after a position, or those of
 * the last `sinceMs`. A position whose epoch is no longer known means all that are kept.
 */
export type GroupStart = 'latest' | 'earliest' | { readonly position: ChannelPosition } | { readonly sinceMs: number }

export interface GroupOptions {
  /** Where a new group begins. */
  readonly from: GroupStart
}

export type GroupCommand =
  /** The members of a paused group are given nothing; they may settle what they hold. A pause lasts over restarts. */
  | { readonly kind: 'pause' | 'resume' }
  /**
   * Moves the group to another position. Leases end (they are `lost`), and messages that waited to be given again are
   * forgotten: they are given again if they come after the position. Dead letters stay.
   */
  | { readonly kind: 'seek'; readonly to: GroupStart }
  /** Deletes the group and all that it holds. */
  | { readonly kind: 'remove' }
  /**
   * As for a queue, but a message keeps its payload and the time when it was published. A letter is also refused when a
   * `seek` moved the group back before its message and the group has not finished that message again: it would exist
   * twice.
   */
  | DeadCommand

export interface GroupStats {
  /** Published and not given to any member yet. */
  readonly unread: number
  /** Returned, and waiting to be given again. */
  readonly returned: number
  /** Waiting until the pause before a retry is over. */
  readonly delayed: number
  /** Of the delayed ones, those whose pause is over: the next claim of any member gives them again. */
  readonly overdue: number
  /** Leased. */
  readonly running: number
  readonly dead: number
  /** Dropped before the group was given them, since it began. */
  readonly lost: number
  /** Dead letters that were dropped for a bound of `keep.dead`, since it began. */
  readonly deadDropped: number
  /** Entries that another program wrote where messages wait or are held, and that were dropped, since it began. */
  readonly foreign: number
  readonly paused: boolean
}
