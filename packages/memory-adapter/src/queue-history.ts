import type {
  CountsAt,
  HistoryPage,
  HistoryQuery,
  QueueStats,
  RecentWork,
  SampleCount,
  WorkSample,
} from '@mq/core/adapter'
import {
  countsOf,
  decodeRecord,
  encodeRecord,
  HOUR_MS,
  KEPT_HOURS,
  KEPT_TICKS,
  MOST_AHEAD_MS,
  recentWork,
  TICK_MS,
  WINDOW_MS,
} from '@mq/core/adapter'
import { ClosedPeriods } from './closed-periods.ts'
import type { ClosedPeriod } from './closed-periods.ts'

type Depth = Pick<QueueStats, 'waiting' | 'delayed' | 'running' | 'dead'>

export type QueueCounts = Depth & Pick<QueueStats, 'totals'>

/** A period, or window, that is open: counts when it began, and what was measured since. */
interface Period extends Measured {
  readonly number: number
  readonly base: CountsAt
}

/** Counts by bucket; empty where nothing was measured, so that a queue at rest costs nothing. */
interface Measured {
  waits: readonly number[]
  runs: readonly number[]
}

const EMPTY: Depth = { waiting: 0, delayed: 0, running: 0, dead: 0 }

/** The history of one queue: what is open, and what is over, as `history-record.ts` of core writes it. */
export class QueueHistory {
  readonly #ticks = new ClosedPeriods(KEPT_TICKS)
  readonly #hours = new ClosedPeriods(KEPT_HOURS)
  #open: { tick: Period; window: Period; before: Period | undefined; hour: Period } | undefined
  /** At the last report. */
  #depth: Depth = EMPTY
  #last: CountsAt = { at: 0, enqueued: 0, completed: 0, failed: 0 }
  /** The most in the hour. */
  #most: Depth = EMPTY

  sample({ waits, runs }: WorkSample, { totals, ...depth }: QueueCounts, at: number): void {
    const { enqueued, completed, failed } = totals
    const counts = { at, enqueued, completed, failed }
    if (this.#open !== undefined && this.#open.tick.number * TICK_MS > at + MOST_AHEAD_MS) this.#forget()
    this.#open ??= {
      tick: begun(Math.floor(at / TICK_MS), counts),
      window: begun(Math.floor(at / WINDOW_MS), counts),
      before: undefined,
      hour: begun(Math.floor(at / HOUR_MS), counts),
    }
    const number = Math.floor(at / TICK_MS)
    if (number > this.#open.tick.number) this.#close(number, counts)
    add(this.#open.tick, { waits: bucketed(waits), runs: bucketed(runs) })
    this.#depth = depth
    this.#last = counts
  }

  page({ resolution, skip, limit }: HistoryQuery, readAt: number): HistoryPage {
    const isHourly = resolution === '1h'
    const [ms, kept] = isHourly ? [HOUR_MS, KEPT_HOURS] : [TICK_MS, KEPT_TICKS]
    const closed = isHourly ? this.#hours : this.#ticks
    const open = isHourly ? this.#open?.hour : this.#open?.tick
    const last: ClosedPeriod[] = []
    if (open !== undefined && (open.number + 1) * ms <= readAt) {
      const record = isHourly ? this.#hourRecord() : this.#record(open, this.#depth)
      if (record !== undefined) last.push({ number: open.number, record })
    }
    // The one that is open is the first of all.
    const some = skip === 0 ? [...last, ...closed.page(0, limit - last.length)] : closed.page(skip - last.length, limit)
    const oldest = Math.floor(readAt / ms) - kept
    const points = some.flatMap(({ number, record }) =>
      number < oldest ? [] : (decodeRecord(number * ms, record) ?? []),
    )
    return { points, more: skip + limit < closed.count + last.length }
  }

  recent(totals: QueueStats['totals'], at: number): RecentWork | undefined {
    if (this.#open === undefined) return undefined
    const { before, window, tick } = this.#open
    const now = Math.floor(at / WINDOW_MS)
    if (window.number < now - 1) return undefined
    const periods = before !== undefined && before.number === now - 1 ? [before, window, tick] : [window, tick]
    const { enqueued, completed, failed } = totals
    return recentWork(periods[0]!.base, { at, enqueued, completed, failed }, summed(periods))
  }

  #close(number: number, counts: CountsAt): void {
    const { tick, window, hour } = this.#open!
    push(this.#ticks, tick.number, this.#record(tick, this.#depth))
    this.#most = most(this.#most, this.#depth)
    for (const each of [window, hour]) add(each, tick)
    const [newHour, newWindow] = [Math.floor((number * TICK_MS) / HOUR_MS), Math.floor((number * TICK_MS) / WINDOW_MS)]
    if (newHour > hour.number) {
      push(this.#hours, hour.number, this.#record(hour, this.#most))
      this.#open!.hour = begun(newHour, this.#last)
      this.#most = EMPTY
    }
    if (newWindow > window.number) {
      this.#open!.before = window
      this.#open!.window = begun(newWindow, newWindow > window.number + 1 ? counts : this.#last)
    }
    this.#open!.tick = begun(number, this.#last)
  }

  /** The open hour, with the tick that is open in it. */
  #hourRecord(): string | undefined {
    const { hour, tick } = this.#open!
    return this.#record({ base: hour.base, ...summed([hour, tick]) }, most(this.#most, this.#depth))
  }

  /** Undefined where nothing was there, and nothing happened. */
  #record({ base, waits, runs }: Omit<Period, 'number'>, depth: Depth): string | undefined {
    const since = (name: 'enqueued' | 'completed' | 'failed'): number => Math.max(0, this.#last[name] - base[name])
    const { waiting, delayed, running, dead } = depth
    const [enqueued, completed, failed] = [since('enqueued'), since('completed'), since('failed')]
    const record = { waiting, delayed, running, dead, enqueued, completed, failed }
    const isEmpty = [Object.values(record), waits, runs].every((each) => each.every((value) => value === 0))
    return isEmpty ? undefined : encodeRecord({ ...record, waits, runs })
  }

  #forget(): void {
    this.#open = undefined
    this.#ticks.clear()
    this.#hours.clear()
    this.#most = EMPTY
  }
}

function begun(number: number, base: CountsAt): Period {
  return { number, base, waits: [], runs: [] }
}

function bucketed(samples: readonly SampleCount[]): readonly number[] {
  return samples.length === 0 ? [] : countsOf(samples)
}

function add(sum: Measured, { waits, runs }: Measured): void {
  sum.waits = added(sum.waits, waits)
  sum.runs = added(sum.runs, runs)
}

function added(a: readonly number[], b: readonly number[]): readonly number[] {
  if (a.length === 0 || b.length === 0) return a.length === 0 ? b : a
  return a.map((count, bucket) => count + b[bucket]!)
}

function summed(all: readonly Measured[]): Measured {
  const sum: Measured = { waits: [], runs: [] }
  for (const each of all) add(sum, each)
  return sum
}

function most(a: Depth, b: Depth): Depth {
  const larger = (name: keyof Depth): number => Math.max(a[name], b[name])
  return { waiting: larger('waiting'), delayed: larger('delayed'), running: larger('running'), dead: larger('dead') }
}

function push(closed: ClosedPeriods, number: number, record: string | undefined): void {
  if (record !== undefined) closed.push(number, record)
}
