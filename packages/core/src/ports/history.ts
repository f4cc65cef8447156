/**
 * The history of a queue, for operators: written by what workers report every 10 s, and by nothing else. Optional as a
 * whole.
 */
export interface QueueHistory {
  /**
   * Adds what a worker measured to the period that is open, by the storage's clock, with what is in the queue now and
   * what went through since the report before. The first report of a new period closes the one before. Core never
   * repeats it, since it would count twice; one that is lost costs some samples, and no count. A period in which
   * nothing was there and nothing happened need not be kept.
   */
  sample(sample: WorkSample): Promise<void>
  /**
   * Periods that are over, the newest first, without the `skip` newest: of the last 24 hours, or 90 days. `more`: there
   * may be others.
   */
  history(query: HistoryQuery): Promise<HistoryPage>
}

/** What a worker measured since its last report: how many times were in a bucket of `bucketOf`. */
export interface WorkSample {
  /** From when a task was due to the start of its first attempt. */
  readonly waits: readonly SampleCount[]
  /** Runs of handlers, however they ended. */
  readonly runs: readonly SampleCount[]
}

export type SampleCount = readonly [bucket: number, count: number]

export type HistoryResolution = '10s' | '1h'

export interface HistoryQuery {
  readonly resolution: HistoryResolution
  readonly skip: number
  /** 1–1,000. */
  readonly limit: number
}

export interface HistoryPage {
  readonly points: readonly HistoryPoint[]
  readonly more: boolean
}

export interface Percentiles {
  readonly p50: number
  readonly p95: number
  readonly p99: number
}

/** A period of a queue's history: 10 s or an hour. */
export interface HistoryPoint {
  /** When it began, ms since 1970 by the storage's clock. */
  readonly at: number
  /** At the last report of the 10 s; of an hour the most at any of its reports. */
  readonly waiting: number
  readonly delayed: number
  readonly running: number
  readonly dead: number
  /** In the period. */
  readonly enqueued: number
  readonly completed: number
  /** Failures of handlers that were charged. */
  readonly failed: number
  /** Of first attempts, from when they were due to their start, ms; undefined where none started. */
  readonly waitMs?: Percentiles | undefined
  /** Of handlers, ms; undefined where none ended. */
  readonly runMs?: Percentiles | undefined
}

/** The last minutes of a queue: two and a half to five, and what came since. */
export interface RecentWork {
  readonly overMs: number
  readonly perSecond: { readonly enqueued: number; readonly completed: number; readonly failed: number }
  readonly waitMs?: Percentiles | undefined
  readonly runMs?: Percentiles | undefined
}
