import type { HistoryPage, HistoryPoint, HistoryQuery, WorkSample } from '../ports/history.ts'
import { MAX_BATCH } from '../ports/limits.ts'
import { checkHistory } from '../ports/check-history.ts'
import type { QueueAdmin } from '../ports/queue-admin.ts'
import type { Partitions } from './partitions.ts'

const NOTHING: WorkSample = { waits: [], runs: [] }

/**
 * Where a worker's report goes. What it measured is kept in the first of the current partitions, so that percentiles
 * are of all; what there is and went through is counted by each partition at its reports. A worker that has nothing to
 * report looks at one partition, one after the other.
 */
export class Sampling {
  readonly #partitions: Partitions
  readonly #looksAtAll: boolean
  #next = 0

  constructor(partitions: Partitions, looksAtAll: boolean) {
    this.#partitions = partitions
    this.#looksAtAll = looksAtAll
  }

  async sample(sample: WorkSample): Promise<void> {
    const isQuiet = sample.waits.length + sample.runs.length === 0
    const { all, current } = this.#partitions
    if (isQuiet && !this.#looksAtAll) return all[this.#next++ % all.length]!.driver.sample!(NOTHING)
    const ends = all.map((port) => port.driver.sample!(port === current[0] ? sample : NOTHING))
    await Promise.all(ends)
  }
}

/** The periods of all partitions, those of one time together. */
export async function historyOver(partitions: Partitions, query: HistoryQuery): Promise<HistoryPage> {
  checkHistory(query)
  const { resolution, skip, limit } = query
  const most = skip + limit
  const inOrder = [...partitions.current, ...partitions.former]
  const all = await Promise.all(inOrder.map(({ driver }) => firstOf(driver, resolution, most)))
  const points = new Map<number, HistoryPoint>()
  for (const page of all) {
    for (const point of page.points) points.set(point.at, added(points.get(point.at), point))
  }
  // Before the last one that a partition answered it may have others.
  const from = Math.max(...all.map((page) => (page.more ? (page.points.at(-1)?.at ?? 0) : 0)))
  const known = [...points.values()].filter(({ at }) => at >= from).sort((one, other) => other.at - one.at)
  return { points: known.slice(skip, most), more: known.length > most || all.some(({ more }) => more) }
}

/** The newest, as many as are asked for. */
async function firstOf(driver: QueueAdmin, resolution: HistoryQuery['resolution'], most: number): Promise<HistoryPage> {
  const points: HistoryPoint[] = []
  for (;;) {
    const limit = Math.min(MAX_BATCH, most - points.length)
    const page = await driver.history!({ resolution, skip: points.length, limit })
    points.push(...page.points)
    if (!page.more || points.length >= most || page.points.length === 0) return { points, more: page.more }
  }
}

/** One partition has what was measured of all, at a time. */
function added(before: HistoryPoint | undefined, point: HistoryPoint): HistoryPoint {
  const { waitMs, runMs, ...counts } = point
  const measured = { waitMs: before?.waitMs ?? waitMs, runMs: before?.runMs ?? runMs }
  if (before === undefined) return { ...counts, ...measured }
  return {
    at: point.at,
    waiting: before.waiting + point.waiting,
    delayed: before.delayed + point.delayed,
    running: before.running + point.running,
    dead: before.dead + point.dead,
    enqueued: before.enqueued + point.enqueued,
    completed: before.completed + point.completed,
    failed: before.failed + point.failed,
    ...measured,
  }
}
