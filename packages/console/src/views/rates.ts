import type { z } from 'zod'
import type { perSecond } from '../api/schemas.ts'

interface Counts {
  readonly waiting: number
  readonly totals: Readonly<Record<'enqueued' | 'completed' | 'failed', number>>
}

interface Sample {
  readonly at: number
  readonly stats: Counts
}

export interface Trend {
  readonly perSecond: z.infer<typeof perSecond>
  /** By how much more tasks wait after a minute; 0 while too little is known. */
  readonly growsPerMinute: number
  /** Over what time; 0: nothing is known. */
  readonly overMs: number
}

const WINDOW_MS = 60_000
const APART_MS = 5_000
const MOST_QUEUES = 1_000
/** A trend of less time is chance. */
const LEAST_MS = 15_000

/** How fast queues move, from the counts of the last minute in which somebody looked. */
export class Rates {
  readonly #samples = new Map<string, Sample[]>()

  /** `at`: ms of a clock that does not step. */
  note(name: string, stats: Counts, at: number): Trend {
    const known = this.#samples.get(name) ?? []
    // A queue that was obliterated counts from 0 again.
    const isAnew = (known.at(-1)?.stats.totals.enqueued ?? 0) > stats.totals.enqueued
    const samples = isAnew ? [] : known.filter((sample) => at - sample.at <= WINDOW_MS)
    const trend = trendOf(samples[0], { at, stats })
    const last = samples.at(-1)
    if (last === undefined || at - last.at >= APART_MS) samples.push({ at, stats })
    // The one that was looked at longest ago is the first.
    this.#samples.delete(name)
    this.#samples.set(name, samples)
    const [first] = this.#samples.keys()
    if (this.#samples.size > MOST_QUEUES) this.#samples.delete(first!)
    return trend
  }
}

function trendOf(first: Sample | undefined, last: Sample): Trend {
  const passedMs = first === undefined ? 0 : last.at - first.at
  if (first === undefined || passedMs < 500) {
    return { perSecond: { enqueued: 0, completed: 0, failed: 0 }, growsPerMinute: 0, overMs: 0 }
  }
  const each = (name: 'enqueued' | 'completed' | 'failed'): number =>
    round(((last.stats.totals[name] - first.stats.totals[name]) * 1_000) / passedMs)
  const grown = last.stats.waiting - first.stats.waiting
  return {
    perSecond: { enqueued: each('enqueued'), completed: each('completed'), failed: each('failed') },
    growsPerMinute: passedMs < LEAST_MS ? 0 : Math.round((grown * 60_000) / passedMs),
    overMs: passedMs,
  }
}

function round(rate: number): number {
  return Math.round(rate * 100) / 100
}
