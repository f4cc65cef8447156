import type { GroupStats } from '../../ports/group-driver.ts'

/** The counts of a group, from those of the partitions where it exists. Undefined: it exists nowhere. */
export function sumOfGroup(all: readonly (GroupStats | undefined)[]): GroupStats | undefined {
  const known = all.filter((stats) => stats !== undefined)
  if (known.length === 0) return undefined
  const sum = (count: (stats: GroupStats) => number): number => known.reduce((total, stats) => total + count(stats), 0)
  const waits = known.flatMap(({ oldestWaitMs }) => oldestWaitMs ?? [])
  return {
    unread: sum(({ unread }) => unread),
    ahead: sum(({ ahead }) => ahead),
    blocked: sum(({ blocked }) => blocked),
    returned: sum(({ returned }) => returned),
    delayed: sum(({ delayed }) => delayed),
    overdue: sum(({ overdue }) => overdue),
    ...(waits.length === 0 ? undefined : { oldestWaitMs: Math.max(...waits) }),
    running: sum(({ running }) => running),
    dead: sum(({ dead }) => dead),
    lost: sum(({ lost }) => lost),
    deadDropped: sum(({ deadDropped }) => deadDropped),
    foreign: sum(({ foreign }) => foreign),
    paused: known.some(({ paused }) => paused),
  }
}

/**
 * The partition whose reason is that of the group: where the oldest message waits, or most are running, or wait for the
 * pause before a retry.
 */
export function tellingOf(all: readonly (GroupStats | undefined)[]): number {
  const weights = [
    (stats: GroupStats) => stats.oldestWaitMs ?? -1,
    (stats: GroupStats) => stats.running,
    (stats: GroupStats) => stats.delayed,
  ]
  for (const weight of weights) {
    const weighed = all.map((stats) => (stats === undefined ? -1 : weight(stats)))
    const most = Math.max(...weighed)
    if (most > 0 || (most === 0 && weight === weights[0])) return weighed.indexOf(most)
  }
  return all.findIndex((stats) => stats !== undefined)
}
