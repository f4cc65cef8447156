import type { CommandReply, Redrive } from '@mq/core/adapter'
import type { GroupState } from './group-state.ts'

/** What people do to the messages that a group gave up. Of a group that is not there, nothing. */
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
