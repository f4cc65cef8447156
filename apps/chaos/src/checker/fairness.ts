import type { Claimed, HistoryEvent } from '../history/event.ts'
import type { Fault } from './circumstances.ts'
import type { Violation } from './violation.ts'

export interface FairnessBounds {
  /** The greatest weight of a task, where the smallest is 1. */
  readonly weight: number
  /** What a killed worker was given and did not write down may be unknown for so long. */
  readonly leaseMs: number
}

type Given = Claimed & { readonly at: number; readonly key: string; readonly givenAt: number }

/**
 * I8: while a task of one key waits, no other key is served oftener than its turn allows: as often as the key of the
 * task meanwhile, by their weights, and once more each. A number follows the server's clock in µs, so it says from when
 * its task waited. What waited while a fault struck is not judged: some of what was given then is known to nobody.
 */
export function checkFairness(
  events: Iterable<HistoryEvent>,
  faults: readonly Fault[],
  { weight, leaseMs }: FairnessBounds,
): Violation[] {
  const given = claimsIn(events)
  for (const [i, task] of given.entries()) {
    if (!task.lease.endsWith('#0')) continue
    const { first, counts } = meanwhile(given, i)
    const isStruck = faults.some(({ beginAt, endAt }) => beginAt <= task.at && endAt + leaseMs >= given[first]!.from)
    if (isStruck) continue
    const most = weight * (counts.get(task.key)! + 2) + 1
    const [loud] = [...counts].find(([, count]) => count > most) ?? []
    if (loud === undefined) continue
    const what = `while ${task.n} of ${task.key} waited, ${loud} was served ${counts.get(loud)} times, ${most} at the most are its turn`
    return [{ invariant: 'I8', what }]
  }
  return []
}

/** What each key was given while the task waited that was given as the i-th, and it with it. */
function meanwhile(
  given: readonly Given[],
  i: number,
): { readonly first: number; readonly counts: Map<string, number> } {
  const since = Number(given[i]!.n) / 1_000
  const counts = new Map<string, number>()
  let first = i
  for (let at = i; at >= 0 && given[at]!.givenAt > since; at--) {
    const { key } = given[at]!
    counts.set(key, (counts.get(key) ?? 0) + 1)
    first = at
  }
  counts.set(given[i]!.key, counts.get(given[i]!.key) ?? 1)
  return { first, counts }
}

/** Each lease once, in the order in which the server gave them. */
function claimsIn(events: Iterable<HistoryEvent>): Given[] {
  const claims = new Map<string, Given>()
  for (const event of events) {
    if (event.ev !== 'claim' || claims.has(event.lease)) continue
    const { key, firstGivenAt, givenAt = firstGivenAt } = event
    if (key !== undefined && givenAt !== undefined) claims.set(event.lease, { ...event, key, givenAt })
  }
  return [...claims.values()].sort((one, other) => one.fence - other.fence)
}
