import type { Generation } from '../ports/layout.ts'
import type { PartitionCounts, QueueStats, QueueTotals, ScheduleCounts } from '../ports/queue-admin.ts'
import type { Partitions } from './partitions.ts'
import type { RecentWork } from '../ports/history.ts'

/** The counts of a queue, and of those of its partitions that are former ones. */
export async function statsOver({ layout, current, former }: Partitions): Promise<QueueStats> {
  const ports = [...current, ...former]
  const all = await Promise.all(ports.map(({ driver }) => driver.stats()))
  const [{ of }, ...before] = layout.generations
  const countsOf = (generation: Generation): PartitionCounts['former'][number] => {
    const sum = sumOfStats(all.filter((_, i) => ports[i]!.made === generation.made))
    return { of: generation.of, tasks: sum.waiting + sum.delayed + sum.running, dead: sum.dead }
  }
  return { ...sumOfStats(all), partitions: { of, former: before.map(countsOf) } }
}

/** The counts of a queue, from those of its partitions. */
function sumOfStats(all: readonly QueueStats[]): QueueStats {
  const [first] = all
  const sum = (count: (stats: QueueStats) => number | undefined): number =>
    all.reduce((total, stats) => total + (count(stats) ?? 0), 0)
  const total = (name: keyof QueueTotals): number => sum(({ totals }) => totals[name])
  const blocked = sum((stats) => stats.blocked)
  const chores = sum((stats) => stats.chores)
  const oldest = greatest(all.map(({ oldestWaitMs }) => oldestWaitMs))
  const recent = recentOf(all)
  const schedules = schedulesOf(all.flatMap(({ schedules }) => schedules ?? []))
  return {
    ...first!,
    waiting: sum(({ waiting }) => waiting),
    delayed: sum(({ delayed }) => delayed),
    overdue: sum(({ overdue }) => overdue),
    running: sum(({ running }) => running),
    lapsed: sum(({ lapsed }) => lapsed),
    dead: sum(({ dead }) => dead),
    paused: all.some(({ paused }) => paused),
    order: undefined,
    displaced: sum(({ displaced }) => displaced),
    deadDropped: sum(({ deadDropped }) => deadDropped),
    foreign: sum(({ foreign }) => foreign),
    totals: {
      enqueued: total('enqueued'),
      completed: total('completed'),
      failed: total('failed'),
      retried: total('retried'),
      dead: total('dead'),
      expired: total('expired'),
      cancelled: total('cancelled'),
    },
    blocked: blocked === 0 ? undefined : blocked,
    chores: chores === 0 ? undefined : chores,
    oldestWaitMs: oldest,
    recent,
    schedules,
  }
}

/** What workers measured is in the first partition; what went through is the sum. */
function recentOf(all: readonly QueueStats[]): RecentWork | undefined {
  const known = all.flatMap(({ recent }) => recent ?? [])
  const [first] = known
  if (first === undefined) return undefined
  const rate = (name: keyof RecentWork['perSecond']): number =>
    known.reduce((sum, { perSecond }) => sum + perSecond[name], 0)
  const measured = all[0]!.recent
  return {
    overMs: first.overMs,
    perSecond: { enqueued: rate('enqueued'), completed: rate('completed'), failed: rate('failed') },
    waitMs: measured?.waitMs,
    runMs: measured?.runMs,
  }
}

function schedulesOf(all: readonly ScheduleCounts[]): ScheduleCounts | undefined {
  if (all.length === 0) return undefined
  return {
    count: all.reduce((sum, { count }) => sum + count, 0),
    due: all.reduce((sum, { due }) => sum + due, 0),
    dueForMs: greatest(all.map(({ dueForMs }) => dueForMs)),
    tickerSeenAgoMs: least(all.map(({ tickerSeenAgoMs }) => tickerSeenAgoMs)),
  }
}

/** Of those that are known. */
export function least(numbers: readonly (number | undefined)[]): number | undefined {
  const known = numbers.filter((number) => number !== undefined)
  return known.length === 0 ? undefined : Math.min(...known)
}

function greatest(numbers: readonly (number | undefined)[]): number | undefined {
  const known = numbers.filter((number) => number !== undefined)
  return known.length === 0 ? undefined : Math.max(...known)
}
