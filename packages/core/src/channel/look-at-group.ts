import type { ChannelReader } from '../ports/channel-driver.ts'
import type { ChannelPosition } from '../ports/channel-position.ts'
import type { GroupDriver, GroupStats } from '../ports/group-driver.ts'

/** What an explanation reads of a group. */
export interface GroupLook {
  /** Absent when the group does not exist. */
  readonly stats?: GroupStats | undefined
  /** Of the newest message, where the one that is asked for is. */
  readonly newest?: ChannelPosition | undefined
  /** The number of the message that is asked for, there. */
  readonly n?: number | undefined
  /** As a dead letter, its number. */
  readonly letter?: string | undefined
  /** Where members hold messages elsewhere, too: of all that they hold, the number. */
  readonly inHands?: number | undefined
  /** Of a channel with partitions: the one whose figures these are. */
  readonly partition?: { readonly index: number; readonly of: number } | undefined
}

/** Of a group that is made of others. */
export interface LooksItself {
  look(position: ChannelPosition | undefined): Promise<GroupLook>
}

export async function lookAtGroup(
  driver: ChannelReader,
  group: GroupDriver | (GroupDriver & LooksItself),
  position: ChannelPosition | undefined,
): Promise<GroupLook> {
  if ('look' in group) return group.look(position)
  // What is published between the two calls counts as not read.
  const newest = await driver.mark()
  const stats = await group.stats()
  return { stats, newest, n: position?.n, letter: position && String(position.n) }
}
