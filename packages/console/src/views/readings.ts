import { MqError } from '@mq/core'
import type { Broker, Queue, TaskFacts, WorkerEntry } from '@mq/core'
import type { FastifyBaseLogger } from 'fastify'
import { setTimeout as pause } from 'node:timers/promises'
import { flowOf, worstOf } from './flow-of.ts'
import type { QueueState } from './flow-of.ts'
import type { Flow, Overview } from './overview.ts'
import { summaryOf } from './queue-summary.ts'
import type { QueueSummary } from './queue-summary.ts'
import { Rates } from './rates.ts'

export interface ReadingsParts {
  readonly broker: Broker
  readonly queueNamed: (name: string) => Queue
  readonly signal: AbortSignal
  readonly log: Pick<FastifyBaseLogger, 'error'>
}

const MOST_QUEUES = 200
/** A reading serves all who ask within this time. */
const FRESH_MS = 500
/** And for each queue that is read, so that all who look together take less than 1 % of a core of the storage. */
const FRESH_MS_PER_QUEUE = 10
/** A storage that takes longer to answer counts as away. */
const PATIENCE_MS = 2_000
/** Asked for what is known of its queue: no task has this id, and nothing depends on that. */
const ANY_ID = 'mq-console'

interface Read {
  readonly overview: Overview
  readonly atMs: number
}

interface ReadQueue {
  readonly summary: QueueSummary
  readonly flow: Flow
}

/** Reads queues and workers, once for all who look at the same time. */
export class Readings {
  readonly #broker: Broker
  readonly #queueNamed: (name: string) => Queue
  readonly #signal: AbortSignal
  readonly #log: ReadingsParts['log']
  readonly #rates = new Rates()
  #last: Read | undefined
  #reading: Promise<Read> | undefined
  #isReported = false
  #workers: { readonly entries: Promise<readonly WorkerEntry[]>; readonly atMs: number } | undefined

  constructor({ broker, queueNamed, signal, log }: ReadingsParts) {
    this.#broker = broker
    this.#queueNamed = queueNamed
    this.#signal = signal
    this.#log = log
  }

  /** Never rejects: a storage that does not answer is a state of the overview. */
  async overview(): Promise<Overview> {
    if (this.#last !== undefined && isFresh(this.#last)) return this.#last.overview
    this.#reading ??= this.#reported().finally(() => (this.#reading = undefined))
    const enough = new AbortController()
    const signal = AbortSignal.any([enough.signal, this.#signal])
    try {
      // It rejects only when it is no longer waited for.
      const late = pause(PATIENCE_MS, undefined, { signal }).catch(() => undefined)
      const read = await Promise.race([this.#reading, late])
      return read?.overview ?? this.#away()
    } catch {
      return this.#away() // why is in the log
    } finally {
      enough.abort()
    }
  }

  async queues(names: readonly string[]): Promise<QueueSummary[]> {
    const workers = await this.#listWorkers()
    const now = performance.now()
    const read = await Promise.all(names.map((name) => this.#readQueue(name, workers, now)))
    return read.map(({ summary }) => summary)
  }

  /** Once until a reading succeeds, it logs a failure that is not an outage: the broker reports those by itself. */
  async #reported(): Promise<Read> {
    try {
      const read = await this.#read()
      this.#isReported = false
      return read
    } catch (error) {
      const isOutage = MqError.is(error, 'unavailable') || MqError.is(error, 'closed')
      if (!isOutage && !this.#isReported) {
        this.#isReported = true
        this.#log.error({ err: error }, 'the overview cannot be read: the storage is shown as away')
      }
      throw error
    }
  }

  async #read(): Promise<Read> {
    const names = await this.#broker.queues({ limit: MOST_QUEUES + 1 })
    const workers = await this.#listWorkers()
    const shown = names.slice(0, MOST_QUEUES)
    const now = performance.now()
    const read = await Promise.all(shown.map((name) => this.#readQueue(name, workers, now)))
    const overview = overviewOf(read, workers.length, names.length > MOST_QUEUES)
    this.#last = { overview, atMs: performance.now() }
    return this.#last
  }

  async #readQueue(name: string, workers: readonly WorkerEntry[], now: number): Promise<ReadQueue> {
    const queue = this.#queueNamed(name)
    const stats = await queue.stats()
    const isBusy = stats.waiting > 0 || stats.running > 0
    const facts: TaskFacts | undefined = isBusy ? (await queue.explain(ANY_ID)).facts : undefined
    const trend = this.#rates.note(name, stats, now)
    const state: QueueState = { name, stats, facts, trend }
    const flow = flowOf(state)
    // Those that died are listed for a minute.
    const alive = flow.because === 'no-workers' ? 0 : workers.filter((worker) => worker.queue === name).length
    return { summary: summaryOf(name, stats, { workers: alive, idleWorkers: facts?.idleWorkers, trend }), flow }
  }

  async #listWorkers(): Promise<readonly WorkerEntry[]> {
    const now = performance.now()
    if (this.#workers !== undefined && now - this.#workers.atMs < FRESH_MS) return this.#workers.entries
    const entries = this.#broker.workers()
    this.#workers = { entries, atMs: now }
    entries.catch(() => (this.#workers = undefined)) // those who asked get the error
    return entries
  }

  /** With what was known last. */
  #away(): Overview {
    const known = this.#last?.overview ?? overviewOf([], 0, false)
    const sinceAt = this.#last && { sinceAt: known.at }
    const flow = { state: 'away', because: 'storage-away' } as const
    return { ...known, at: Date.now(), storage: { state: 'away', ...sinceAt }, flow }
  }
}

function isFresh({ overview, atMs }: Read): boolean {
  return performance.now() - atMs < Math.max(FRESH_MS, FRESH_MS_PER_QUEUE * overview.queues.length)
}

function overviewOf(read: readonly ReadQueue[], workers: number, more: boolean): Overview {
  const queues = read.map(({ summary }) => summary)
  const sum = (of: (queue: QueueSummary) => number | undefined): number =>
    Math.round(queues.reduce((total, queue) => total + (of(queue) ?? 0), 0) * 100) / 100
  const waits = queues.flatMap(({ oldestWaitMs }) => oldestWaitMs ?? [])
  return {
    at: Date.now(),
    storage: { state: 'up' },
    flow: worstOf(read.map(({ flow }) => flow)),
    waiting: sum(({ waiting }) => waiting),
    delayed: sum(({ delayed }) => delayed),
    running: sum(({ running }) => running),
    dead: sum(({ dead }) => dead),
    ...(waits.length > 0 && { oldestWaitMs: Math.max(...waits) }),
    workers,
    perSecond: {
      enqueued: sum(({ perSecond }) => perSecond?.enqueued),
      completed: sum(({ perSecond }) => perSecond?.completed),
      failed: sum(({ perSecond }) => perSecond?.failed),
    },
    ...slowest('waitMs', queues),
    ...slowest('runMs', queues),
    queues,
    more,
  }
}

/** Percentiles of several queues cannot be combined: those of the one with the largest. */
function slowest<Name extends 'waitMs' | 'runMs'>(name: Name, queues: readonly QueueSummary[]): Partial<Overview> {
  const known = queues.flatMap((queue) => queue[name] ?? [])
  if (known.length === 0) return {}
  return { [name]: known.reduce((one, other) => (other.p95 > one.p95 ? other : one)) }
}
