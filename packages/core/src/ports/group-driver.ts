import type { ChannelPosition } from './channel-position.ts'
import type { CommandReply, DeadCommand, DeadTask, ListQuery } from './queue-admin.ts'
import type { QueueDriver, Turn, TurnReply } from './queue-driver.ts'

/**
 * A consumer group of a channel: competing members with one cursor. It runs on the worker engine of queues, hence the
 * same verbs and the laws of `QueueDriver`. Besides:
 * 1. A group begins with the first turn of a member, at its `from`; a group that exists goes on where it was. One that
 * was removed begins anew
 *    with any turn but a `last` one whose `seq` is above 1, which only says farewell.
 * 2. A claim gives first what came back (released, recovered, due retries), then what nobody of the group was given
 * yet, in
 *    the order of publishing. The cursor moves in the same step, so no message is passed over and none is given twice
 *    unless its lease ended.
 *    Suspects (`suspectFrom`) are set aside as a queue's; what nobody was given yet cannot be one.
 * 3. A message is delivered as a task: its `n`, no header, and the payload "epoch n body".
 * 4. Messages that were dropped before the group was given them are counted in `lost` of the turn that passes them,
 * once.
 * 5. Results are not kept and nobody can watch: `keepResults`, `keep.results` and notes are ignored.
 * 6. To extend a lease may also extend those that were claimed in the same turn.
 */
export interface GroupDriver extends Pick<QueueDriver, 'extend' | 'note' | 'listen'> {
  settleAndClaim(turn: Turn): Promise<GroupTurnReply>
  /** Undefined when there is no such group. */
  stats(): Promise<GroupStats | undefined>
  /** Dead letters, newest first. Bounded as a queue's. */
  list(query: ListQuery): Promise<readonly DeadTask[]>
  /**
   * `changed`: of dead letters how many; else 1, or 0 when nothing was to be changed. `absent`: the group is not there,
   * of other commands than those to dead letters. Repeating a command does no harm.
   */
  apply(command: GroupCommand): Promise<CommandReply>
}

export interface GroupTurnReply extends TurnReply {
  /** Messages that this turn passed because the channel no longer had them. */
  readonly lost?: number | undefined
  /** There was no such group; this turn began it. */
  readonly began?: boolean | undefined
}

/**
 * Where to read from: what is published from now on, all that is kept, what follows a position, or what was published
 * in the last `sinceMs`. A position whose epoch is no longer known means all that is kept.
 */
export type GroupStart = 'latest' | 'earliest' | { readonly position: ChannelPosition } | { readonly sinceMs: number }

export interface GroupOptions {
  /** Where a new group begins. */
  readonly from: GroupStart
}

export type GroupCommand =
  /** A paused group is given nothing; what its members hold they may settle. It stays so over restarts. */
  | { readonly kind: 'pause' | 'resume' }
  /**
   * Reads on from there. Leases end (they are `lost`), and what waited to be given again is forgotten: it comes again
   * if it is behind the place. Dead letters stay.
   */
  | { readonly kind: 'seek'; readonly to: GroupStart }
  /** The group and all it holds are gone. */
  | { readonly kind: 'remove' }
  /**
   * As a queue's, but a message keeps its payload and the time when it was published. Refused is also one that the
   * group was sent back to, and reads or has read again without being done with it: it would be there twice.
   */
  | DeadCommand

export interface GroupStats {
  /** Published and not given to any member yet. */
  readonly unread: number
  /** Given back, and waiting to be given again. */
  readonly returned: number
  /** Waiting for the pause before a retry. */
  readonly delayed: number
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

/**
 * What a channel keeps. Past a bound the oldest messages are dropped that every group was given; past `unreadFactor`
 * times a bound also those that a group was not.
 */
export interface HistoryLimits {
  readonly maxAgeMs?: number | undefined
  readonly maxCount?: number | undefined
  /** Of the bodies. */
  readonly maxBytes?: number | undefined
  readonly unreadFactor: number
  /**
   * A group without a member for this time is removed, so that no log is kept for it. Exact to a second or two. Its
   * members are those who make turns, and those who hold a lease that is not over.
   */
  readonly groupExpiresMs: number
}
