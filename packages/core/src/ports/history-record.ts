// How adapters keep a history in little space. Numbers are kept by their logarithm: those of `TENS` to 1 % (exactly up
// to 48), those of `BYTES` to 4 %, times by buckets of an eighth of an octave, to 4.5 %.
import type { HistoryPoint, Percentiles, RecentWork, SampleCount } from './history.ts'

/** A number beyond it counts as it. */
const MOST = 1e9
/** Codes of ten bits, but the last; of waiting, 1 is added, so that no record begins with zeros alone. */
export const TENS: { readonly most: number; readonly factor: number } = {
  most: 1_022,
  factor: 1_022 / Math.log1p(MOST),
}
/** Codes of a byte. */
export const BYTES: { readonly most: number; readonly factor: number } = { most: 255, factor: 255 / Math.log1p(MOST) }
/** 0: less than a ms; then eighths of an octave, up to ten days. */
export const BUCKETS = 240
const PER_OCTAVE = 8
/** Of a record, each a character below 256. */
export const RECORD_LENGTH = 14

/** Periods, ms, and how many are kept. */
export const TICK_MS = 10_000
export const HOUR_MS = 3_600_000
export const KEPT_TICKS = 8_640
export const KEPT_HOURS = 2_160
/** Of the two windows of which `recent` is made. */
export const WINDOW_MS = 150_000
/** What is ahead of the clock by more than this was written by a clock that was wrong, and is dropped. */
export const MOST_AHEAD_MS = 3_600_000

/** What is kept of a period but its time. */
export type PeriodRecord = Omit<HistoryPoint, 'at' | 'waitMs' | 'runMs'> & {
  readonly waits: readonly number[]
  readonly runs: readonly number[]
}

/** The bucket of a time, ms. */
export function bucketOf(ms: number): number {
  return ms >= 1 ? Math.min(BUCKETS - 1, 1 + Math.floor(Math.log2(ms) * PER_OCTAVE)) : 0
}

/** The middle of a bucket, ms, to three digits. */
function middleOf(bucket: number): number {
  return bucket === 0 ? 0.5 : Number((2 ** ((bucket - 0.5) / PER_OCTAVE)).toPrecision(3))
}

/** Buckets of the percentiles 50, 95 and 99, each one more; zeros where there are no samples. `counts`: by bucket. */
function percentileCodes(counts: readonly number[]): readonly number[] {
  const total = counts.reduce((sum, count) => sum + count, 0)
  if (!(total > 0)) return [0, 0, 0]
  return [0.5, 0.95, 0.99].map((part) => {
    let left = Math.ceil(total * part)
    return counts.findIndex((count) => (left -= count) <= 0) + 1
  })
}

function percentilesOf(codes: readonly number[]): Percentiles | undefined {
  const [p50 = 0, p95 = 0, p99 = 0] = codes
  if (p50 === 0) return undefined
  return { p50: middleOf(p50 - 1), p95: middleOf(p95 - 1), p99: middleOf(p99 - 1) }
}

const NO_COUNTS: readonly number[] = Array.from({ length: BUCKETS }, () => 0)

/** Counts by bucket. */
export function countsOf(...lists: readonly (readonly SampleCount[])[]): number[] {
  const counts = NO_COUNTS.slice()
  for (const [bucket, count] of lists.flat()) if (bucket < BUCKETS) counts[bucket]! += count
  return counts
}

function encoded(value: number, { most, factor }: typeof TENS): number {
  return value > 0 ? Math.min(most, Math.floor(Math.log1p(value) * factor + 0.5)) : 0
}

function decoded(code: number, { factor }: typeof TENS): number {
  return Math.round(Math.expm1(code / factor))
}

export function encodeRecord(record: PeriodRecord): string {
  const { waiting, enqueued, completed, failed, delayed, running, dead, waits, runs } = record
  let head = encoded(waiting, TENS) + 1
  for (const value of [enqueued, completed, failed]) head = head * 1_024 + encoded(value, TENS)
  const bytes = [32, 24, 16, 8, 0].map((shift) => Math.floor(head / 2 ** shift) % 256)
  bytes.push(...[delayed, running, dead].map((value) => encoded(value, BYTES)))
  return String.fromCharCode(...bytes, ...percentileCodes(waits), ...percentileCodes(runs))
}

/** Undefined where another program wrote something else. */
export function decodeRecord(at: number, text: string): HistoryPoint | undefined {
  const bytes = Array.from(text, (character) => character.charCodeAt(0))
  if (bytes.length !== RECORD_LENGTH || bytes.some((byte) => byte > 255)) return undefined
  const head = bytes.slice(0, 5).reduce((sum, byte) => sum * 256 + byte, 0)
  const [waiting = 0, enqueued = 0, completed = 0, failed = 0] = [30, 20, 10, 0].map(
    (shift) => Math.floor(head / 2 ** shift) % 1_024,
  )
  const [delayed = 0, running = 0, dead = 0] = bytes.slice(5, 8).map((code) => decoded(code, BYTES))
  if (waiting === 0) return undefined
  return {
    at,
    waiting: decoded(waiting - 1, TENS),
    delayed,
    running,
    dead,
    enqueued: decoded(enqueued, TENS),
    completed: decoded(completed, TENS),
    failed: decoded(failed, TENS),
    waitMs: percentilesOf(bytes.slice(8, 11)),
    runMs: percentilesOf(bytes.slice(11, 14)),
  }
}

/** Counts of a queue at a time. */
export interface CountsAt {
  readonly at: number
  readonly enqueued: number
  readonly completed: number
  readonly failed: number
}

/** `counts`: of waits and runs, by bucket. */
export function recentWork(
  from: CountsAt,
  to: CountsAt,
  counts: { readonly waits: readonly number[]; readonly runs: readonly number[] },
): RecentWork | undefined {
  const overMs = to.at - from.at
  if (!(overMs > 0)) return undefined
  const rate = (name: 'enqueued' | 'completed' | 'failed'): number =>
    Math.round((Math.max(0, to[name] - from[name]) / overMs) * 1e6) / 1_000
  return {
    overMs,
    perSecond: { enqueued: rate('enqueued'), completed: rate('completed'), failed: rate('failed') },
    waitMs: percentilesOf(percentileCodes(counts.waits)),
    runMs: percentilesOf(percentileCodes(counts.runs)),
  }
}
