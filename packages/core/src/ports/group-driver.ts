import type { ChannelPosition } from './channel-position.ts'
import type { CommandReply, DeadCommand, DeadTask, ListQuery } from './queue-admin.ts'
import type { QueueDriver, Turn, TurnReply } from './queue-driver.ts'

/**
 * A consumer group of a channel: competing members with one cursor. It runs on the worker engine of queues, hence the
 * same verbs and the laws of `QueueDriver`. Besides:
 * 1. A group is created by the first turn of a member, at its `from`; a group that exists continues where it was. A
 * group that was removed is created again by any turn, except by a `last` one whose `seq` is above 1, which only ends a
 * lane.
 * 2. A claim gives first the messages that were returned (released, recovered, due retries), then those that no member
 * was given yet, in the order of publishing. The cursor moves in the same step, so no message is skipped and none is
 * given twice unless its lease ended. Suspects (`suspectFrom`) are set aside as in a queue; a message that no member
 * was given yet cannot be one.
 * 3. A message is delivered as a task: its `n`, no header, and the payload "epoch n body".
 * 4. Messages that were dropped before the group was given them are counted in `lost` of the turn that passes them,
 * once.
 * 5. Results are not kept and nobody can watch: `keepResults`, `keep.results` and notes are ignored.
 * 6. To extend a lease may also extend those that were claimed in the same turn.
 * 7. A turn with `order` makes the group an ordered one, for as long as it exists. From then on a message is given once
 * its key is known, and a key has one message at a time: it is leased, came back (released, recovered, a retry that is
 * due or not), or is the next to be given; the others of the key stay behind it in the order in which their keys were
 * told, and the first of them follows when it ends (is completed, expired, buried, or no longer there). Only a member
 * can tell keys: each turn that leaves fewer to be given than it wanted brings messages in `ahead` whose keys are not
 * known, and a turn that names them in `order.keys` puts them in their places before it claims. Those of which another
 * turn told the key meanwhile are passed over, so any member may tell, again or in vain. A turn without `order` settles
 * what turns without it were given, and is given nothing.
 */
export interface GroupDriver extends Pick<QueueDriver, 'extend' | 'note' | 'listen'> {
  settleAndClaim(turn: GroupTurn): Promise<GroupTurnReply>
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

export interface GroupTurn extends Turn {
  /** The member is of an ordered group. */
  readonly order?: GroupOrder | undefined
}

export interface GroupOrder {
  /** Of messages that were `ahead` in an earlier reply, in that order. At most `MAX_AHEAD`. */
  readonly keys: readonly MessageKey[]
}

export interface MessageKey {
  /** As `AheadMessage` has it. */
  readonly id: string
  /** 1 to `MAX_KEY` characters. */
  readonly key: string
}

/** A message whose key the storage does not know. */
export interface AheadMessage {
  /** Written by the adapter, and opaque. */
  readonly id: string
  /** As it will be given. */
  readonly payload: string
}

export interface GroupTurnReply extends TurnReply {
  /**
   * Of an ordered group: at most `MAX_AHEAD` messages, those that came back without a key first, then those that follow
   * in the channel. None while `MAX_BLOCKED` stay behind others of their keys.
   */
  readonly ahead?: readonly AheadMessage[] | undefined
  /** The group is ordered, and this turn had no `order`. */
  readonly ordered?: true | undefined
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
  /** Of the unread ones of an ordered group: those whose key is known. */
  readonly ahead: number
  /** Of those ahead: behind another message of their key, which has not ended. */
  readonly blocked: number
  /** Returned, and waiting to be given again, or redriven. */
  readonly returned: number
  /** Waiting until the pause before a retry is over. */
  readonly delayed: number
  /** Of the delayed ones, those whose pause is over: the next claim of any member gives them again. */
  readonly overdue: number
  /**
   * For how long the oldest of the messages that are next in their lines (the unread ones, the returned ones, the
   * overdue ones) has waited for a member, ms: since it was published, or since its pause was over. Undefined when none
   * waits.
   */
  readonly oldestWaitMs?: number | undefined
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
