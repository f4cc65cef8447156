import type { ChannelPosition } from '../ports/channel-position.ts'
import type { GroupExplanation } from './explain-group.ts'
import type { GroupStart, GroupStats } from '../ports/group-driver.ts'
import type { DeadLetters, DeadReport, PacedOptions } from '../dead/dead-letters.ts'
import type { DeadSelection } from '../dead/select-dead.ts'

/**
 * A consumer group as its operators see it. Every method but `explain` throws `unknown-group` when the group does not
 * exist.
 */
export interface ConsumerGroup {
  readonly name: string
  /** How many messages were published and not given to any member yet. */
  lag(): Promise<number>
  stats(): Promise<GroupStats>
  /**
   * Why a message is not delivered, as one sentence with its facts; without a position: why the group delivers nothing.
   * `position` is what `publish` answered. Whether a message that the group is past was handled is known only while it
   * is a dead letter, or nothing is open. Changes nothing; three or four round trips.
   */
  explain(position?: ChannelPosition): Promise<GroupExplanation>
  /**
   * Gives no message to any member until `resume`, also after restarts. Running handlers continue; messages that
   * members hold and have not started are released within milliseconds. Returns whether this changed something, as
   * `resume` does.
   */
  pause(): Promise<boolean>
  resume(): Promise<boolean>
  /**
   * Moves the group to another position. Messages that members hold are taken from them (their signals abort with
   * `lease-lost`), and waiting retries are forgotten; both are delivered again if they come after the new position.
   */
  seek(to: GroupStart): Promise<void>
  /**
   * The messages that were buried, also those that the channel no longer has, within `keep.dead` of `consume` (default:
   * 14 days and 1 GiB).
   */
  readonly dead: GroupDeadLetters
  /** Removes the group and all that it holds. Close its members first: one that still runs creates the group again. */
  remove(): Promise<void>
}

/** As the dead letters of a queue, but without `edit`: a message stays as it was published. */
export interface GroupDeadLetters extends Pick<DeadLetters, 'list' | 'discard'> {
  /**
   * Each selected letter starts a new life in this group, after other messages that wait to be delivered again:
   * attempts and crashes count from 0. A letter is also refused if `seek` moved the group back before its message and
   * the group has not finished it again: it will be delivered in any case.
   */
  redrive(which: DeadSelection, options?: PacedOptions): Promise<DeadReport>
}
