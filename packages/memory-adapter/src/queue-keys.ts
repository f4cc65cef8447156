import type { KeyFacts, KeyPage, KeysQuery, LimitsChange, StoredLimits } from '@mq/core/adapter'
import { checkKeysQuery, checkLimitsChange } from '@mq/core/adapter'
import type { KeyLine } from './key-line.ts'
import { outlookOn, wakeIfSooner } from './claimable.ts'
import type { QueueState } from './queue-state.ts'

export function limits(queue: QueueState): StoredLimits {
  return queue.limits.stored(queue.clock.now())
}

export function setLimits(queue: QueueState, change: LimitsChange): StoredLimits {
  checkLimitsChange(change)
  const now = queue.clock.now()
  if (change.holdForMs !== undefined) {
    queue.limits.hold(now + change.holdForMs)
    return queue.limits.stored(now)
  }
  const before = outlookOn(queue, now)
  if (queue.limits.set(change, now, queue.clock.epochMs(now))) {
    queue.ready.keyed.setLimits(queue.limits.perKey, now)
    wakeIfSooner(queue, before, now, true)
  }
  return queue.limits.stored(now)
}

/** In the order of the texts; O(keys · log keys). */
export function keys(queue: QueueState, query: KeysQuery): KeyPage {
  checkKeysQuery(query)
  const { after, limit, only } = query
  const now = queue.clock.now()
  if (only !== undefined) {
    const line = queue.ready.keyed.lines.get(only)
    return { keys: line && line.waiting + line.running > 0 ? [factsOf(queue, line, now)] : [] }
  }
  const behind = [...queue.ready.keyed.lines.values()]
    .filter(({ key, waiting, running }) => waiting + running > 0 && (after === undefined || key > after))
    .sort((one, other) => (one.key < other.key ? -1 : 1))
  const found = behind.slice(0, limit)
  return {
    keys: found.map((line) => factsOf(queue, line, now)),
    ...(behind.length > limit ? { next: found.at(-1)!.key } : undefined),
  }
}

function factsOf({ ready }: QueueState, line: KeyLine, now: number): KeyFacts {
  const { key, waiting, running, first } = line
  const heldBack = waiting > 0 ? line.heldBack(ready.keyed.limits, now) : undefined
  return {
    key,
    waiting,
    running,
    ...(first === undefined ? undefined : { nextEnqueuedAt: first.enqueuedAt }),
    ...(heldBack === undefined ? undefined : { heldBack }),
  }
}
