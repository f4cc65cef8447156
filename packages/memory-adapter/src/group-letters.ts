import type { CommandReply, Redrive } from '@mq/core/adapter'
import type { GroupState } from './group-state.ts'

/** The commands of operators to the dead letters of a group. For a group that does not exist they do nothing. */
export function redrive(group: GroupState | undefined, letters: readonly Redrive[]): CommandReply {
  const now = group?.clock.now() ?? 0
  const refused = letters.flatMap((letter, index) => (group?.redrive(letter, now) ? [] : [index]))
  const changed = letters.length - refused.length
  if (changed > 0 && !group?.paused) group?.idle.wakeOne()
  return { changed, refused }
}

export function discard(group: GroupState | undefined, numbers: readonly string[]): CommandReply {
  const now = group?.clock.now() ?? 0
  return { changed: numbers.filter((n) => group?.dead.remove(Number(n), now)).length }
}
