import type { GroupStart, GroupStats } from '../ports/group-driver.ts'
import type { DeadLetters, DeadReport, PacedOptions } from '../queue/dead-letters.ts'
import type { DeadSelection } from '../queue/select-dead.ts'

/** A consumer group as people who run it see it. Throws `unknown-group` for one that is not there. */
export interface ConsumerGroup {
  readonly name: string
  /** How many messages were published and not given to any member yet. */
  lag(): Promise<number>
  stats(): Promise<GroupStats>
  /**
   * No member is given anything until `resume`; it stays so over restarts. What runs goes on; what members hold and
   * have not started is given back within milliseconds. Answers whether that changed something, as `resume` does.
   */
  pause(): Promise<boolean>
  resume(): Promise<boolean>
  /**
   * Reads on from there. What members hold is taken from them (their signals abort with `lease-lost`), and retries that
   * wait are forgotten; both come again if they are behind the place.
   */
  seek(to: GroupStart): Promise<void>
  /**
   * What is kept of the messages that were given up, even if the channel no longer has them, within `keep.dead` of
   * `consume` (default: 14 days and 1 GiB).
   */
  readonly dead: GroupDeadLetters
  /** The group and all it holds are gone. Close its members before: one that lives begins it anew. */
  remove(): Promise<void>
}

/** As a queue's, but a message is what was published: there is no `edit`. */
export interface GroupDeadLetters extends Pick<DeadLetters, 'list' | 'discard'> {
  /**
   * Each starts a new life in this group, behind other messages that came back: attempts and crashes count from 0. A
   * letter is also refused if `seek` went back before its message and the group is not done with it: it is given
   * anyway.
   */
  redrive(which: DeadSelection, options?: PacedOptions): Promise<DeadReport>
}
