import type { HistoryPage, HistoryPoint, HistoryQuery, WorkSample } from '../ports/history.ts'
import { MAX_BATCH } from '../ports/limits.ts'
import { checkHistory } from '../ports/check-history.ts'
import type { QueueAdmin } from '../ports/queue-admin.ts'

const NOTHING: WorkSample = { waits: [], runs: [] }

/**
 * Where a worker's report goes. What it measured is kept in the first partition, so that percentiles are of all; what
 * there is and went through is counted by each partition at its reports. A worker that has nothing to report looks at
 * one partition, one after the other.
 */
export class Sampling {
  readonly #drivers: readonly QueueAdmin[]
  readonly #looksAtAll: boolean
  #next = 0

  constructor(drivers: readonly QueueAdmin[], looksAtAll: boolean) {
    this.#drivers = drivers
    this.#looksAtAll = looksAtAll
  }

  async sample(sample: WorkSample): Promise<void> {
    const isQuiet = sample.waits.length + sample.runs.length === 0
    if (isQuiet && !this.#looksAtAll) return this.#drivers[this.#next++ % this.#drivers.length]!.sample!(NOTHING)
    const ends = this.#drivers.map((driver, index) => driver.sample!(index === 0 ? sample : NOTHING))
    await Promise.all(ends)
  }
}

/** The periods of all partitions, those of one time together. */
export async function historyOver(drivers: readonly QueueAdmin[], query: HistoryQuery): Promise<HistoryPage> {
  checkHistory(query)
  const { resolution, skip, limit } = query
  const most = skip + limit
  const all = await Promise.all(drivers.map((driver) => firstOf(driver, resolution, most)))
  const points = new Map<number, HistoryPoint>()
  all.forEach((page, index) => {
    for (const point of page.points) points.set(point.at, added(points.get(point.at), point, index === 0))
  })
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

function added(before: HistoryPoint | undefined, point: HistoryPoint, isMeasured: boolean): HistoryPoint {
  const { waitMs, runMs, ...counts } = point
  const measured = isMeasured ? { waitMs, runMs } : { waitMs: before?.waitMs, runMs: before?.runMs }
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
