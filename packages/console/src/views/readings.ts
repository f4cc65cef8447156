import { MqError, systemClock, WORKER_GONE_MS } from '@mq/core'
import type { Broker, Channel, Clock, Queue, QueueStats, TaskFacts, WorkerEntry } from '@mq/core'
import type { FastifyBaseLogger } from 'fastify'
import { flowOf } from './flow-of.ts'
import { freshMsOf } from './fresh.ts'
import { GroupReadings } from './group-readings.ts'
import { overviewOf } from './overview-of.ts'
import type { JudgedQueue } from './overview-of.ts'
import type { Flow, Overview, Unreadable } from './overview.ts'
import { summaryOf } from './queue-summary.ts'
import type { QueueSummary } from './queue-summary.ts'
import { Rates } from './rates.ts'
import type { Trend } from './rates.ts'
import { readable, readEach } from './readable.ts'
import type { Faults, Readable } from './readable.ts'
import { StorageTime } from './storage-time.ts'
import { WorkersSeen } from './workers-seen.ts'

export interface ReadingsParts {
  readonly broker: Broker
  readonly queueNamed: (name: string) => Queue
  readonly channelNamed: (name: string) => Channel
  readonly signal: AbortSignal
  readonly log: Pick<FastifyBaseLogger, 'error'>
  readonly clock?: Clock | undefined
}

const MOST_QUEUES = 200
/** A storage that takes longer to answer counts as away. */
const PATIENCE_MS = 2_000
/** Asked for what is known of its queue: no task has this id, and nothing depends on that. */
const ANY_ID = 'mq-console'
/** Nobody is there, whatever is listed. */
const LEFT: readonly Flow['because'][] = ['no-workers', 'no-members']

export interface ListedWorker extends WorkerEntry {
  readonly alive: boolean
}

export interface ReadQueues {
  readonly queues: QueueSummary[]
  readonly faults: Faults
}

type Workers = Readable<readonly WorkerEntry[]>

interface Read {
  readonly overview: Overview
  readonly atMs: number
}

interface ReadQueue {
  readonly name: string
  readonly stats: QueueStats
  readonly facts?: TaskFacts | undefined
  readonly trend: Trend
}

/** Reads queues and workers, once for all who look at the same time. */
export class Readings {
  readonly #broker: Broker
  readonly #queueNamed: (name: string) => Queue
  readonly #signal: AbortSignal
  readonly #log: ReadingsParts['log']
  readonly #clock: Clock
  readonly #time: StorageTime
  readonly #rates = new Rates()
  readonly #workersSeen: WorkersSeen
  readonly #groups: GroupReadings
  #last: Read | undefined
  #reading: Promise<Read | undefined> | undefined
  #awaited: Promise<Read | undefined> | undefined
  #isReported = false
  #isAway = false
  /** By the clock, when it answered again after it had been away. */
  #upAtMs = Number.NEGATIVE_INFINITY

  constructor({ broker, queueNamed, channelNamed, signal, log, clock = systemClock }: ReadingsParts) {
    this.#broker = broker
    this.#queueNamed = queueNamed
    this.#signal = signal
    this.#log = log
    this.#clock = clock
    this.#time = new StorageTime(clock)
    this.#workersSeen = new WorkersSeen(broker, clock)
    this.#groups = new GroupReadings({ broker, queueNamed, channelNamed, clock, workersSeen: this.#workersSeen })
  }

  /** Never rejects: a storage that does not answer is a state of the overview. */
  async overview(): Promise<Overview> {
    if (this.#last !== undefined && this.#isFresh(this.#last)) return this.#last.overview
    // A storage that stands still is not asked again before it has answered.
    this.#reading ??= this.#reported().finally(() => (this.#reading = undefined))
    this.#awaited ??= this.#inTime(this.#reading).finally(() => (this.#awaited = undefined))
    return (await this.#awaited)?.overview ?? this.#away()
  }

  /** Those that can be read, and why the others cannot. */
  async queues(names: readonly string[]): Promise<ReadQueues> {
    const { read, faults } = await this.#readQueues(names, await readable(this.#workersSeen.list()))
    return { queues: read.map(({ summary }) => summary), faults }
  }

  /** The newest first. */
  async workers(): Promise<ListedWorker[]> {
    const entries = await this.#workersSeen.list()
    await readable(this.#learnTime())
    const now = this.#time.now()
    return entries.map((entry) => ({ ...entry, alive: this.#workersSeen.isAlive(entry, now) }))
  }

  /** Undefined also where it takes too long. */
  async #inTime(reading: Promise<Read | undefined>): Promise<Read | undefined> {
    let end = (): void => undefined
    const late = new Promise<undefined>((resolve) => {
      const timer = this.#clock.schedule(() => resolve(undefined), PATIENCE_MS)
      const closed = (): void => resolve(undefined)
      this.#signal.addEventListener('abort', closed)
      if (this.#signal.aborted) closed()
      end = () => {
        timer.cancel()
        this.#signal.removeEventListener('abort', closed)
      }
    })
    try {
      return await Promise.race([reading, late])
    } finally {
      end()
    }
  }

  /**
   * Undefined where it fails; never rejects. Once until a reading succeeds, it logs a failure that is not an outage:
   * the broker reports those by itself.
   */
  async #reported(): Promise<Read | undefined> {
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
      return undefined
    }
  }

  async #read(): Promise<Read> {
    const listed = await readable(this.#broker.queues({ limit: MOST_QUEUES + 1 }))
    if (this.#isAway) this.#upAtMs = this.#clock.now()
    this.#isAway = false
    const names = listed.value ?? []
    const workers = await readable(this.#workersSeen.list())
    const { read, faults } = await this.#readQueues(names.slice(0, MOST_QUEUES), workers)
    const groups = await this.#groups.read({
      workers: workers.value,
      outcomes: read.flatMap(({ summary }) => (summary.outcomes ? summary.name : [])),
      upForMs: this.#clock.now() - this.#upAtMs,
    })
    const now = this.#time.now()
    const lost = new Set(
      [...read, ...groups.read].flatMap(({ flow }) => (LEFT.includes(flow.because) ? placeOf(flow) : [])),
    )
    const alive = (workers.value ?? []).filter((one) => this.#workersSeen.isAlive(one, now) && !lost.has(placeOf(one)))
    const unreadable: Unreadable[] = [...faults].map(([name, { code }]) => ({ what: 'queue', name, code }))
    if (listed.fault !== undefined) unreadable.push({ what: 'queues', code: listed.fault.code })
    if (workers.fault !== undefined) unreadable.push({ what: 'workers', code: workers.fault.code })
    unreadable.push(...groups.unreadable)
    const overview = overviewOf({
      at: now,
      read,
      groups: groups.read,
      unreadable,
      workers: alive.length,
      more: names.length > MOST_QUEUES,
      moreGroups: groups.more,
    })
    this.#last = { overview, atMs: this.#clock.now() }
    return this.#last
  }

  async #readQueues(names: readonly string[], workers: Workers): Promise<{ read: JudgedQueue[]; faults: Faults }> {
    const { values, faults } = await readEach(names, (name, i) => this.#readQueue(name, i === 0))
    return { read: values.map((value) => this.#judge(value, workers)), faults }
  }

  async #readQueue(name: string, isFirst: boolean): Promise<ReadQueue> {
    const queue = this.#queueNamed(name)
    const stats = await queue.stats()
    const trend = this.#rates.note(name, stats, this.#clock.now())
    // Of one at least, for the storage's time.
    if (stats.waiting + stats.overdue + stats.running === 0 && !isFirst) return { name, stats, trend }
    const { facts } = await queue.explain(ANY_ID)
    this.#time.said(facts.readAt)
    return { name, stats, facts, trend }
  }

  #judge(read: ReadQueue, workers: Workers): JudgedQueue {
    const { name, stats, facts, trend } = read
    const now = this.#time.now()
    const own = (workers.value ?? []).filter(({ queue }) => queue === name)
    const alive = own.filter((worker) => this.#workersSeen.isAlive(worker, now))
    const here = own.filter((worker) => !this.#workersSeen.isGone(worker))
    // Nobody could call while the storage was away.
    const upForMs = this.#clock.now() - this.#upAtMs
    const turnAgoMs = Math.min(upForMs, facts?.workerSeenAgoMs ?? Infinity)
    // Where their reports cannot be read, a silence proves nothing.
    const most = workers.fault === undefined ? turnAgoMs : Math.min(turnAgoMs, WORKER_GONE_MS)
    const silentMs = Math.min(most, ...here.map(({ lastSeenAt }) => Math.max(0, now - lastSeenAt)))
    const areGone = own.length > 0 && here.length === 0
    const flow = flowOf({ ...read, alive, areGone, turnAgoMs, silentMs })
    const count = flow.because === 'no-workers' ? 0 : alive.length
    const idleWorkers = facts && Math.min(facts.idleWorkers, count)
    return { summary: summaryOf(name, stats, { workers: count, idleWorkers, trend }), flow }
  }

  /** From any queue, where it was not said lately. */
  async #learnTime(): Promise<void> {
    if (this.#time.isKnown) return
    const [name] = await this.#broker.queues({ limit: 1 })
    if (name !== undefined) this.#time.said((await this.#queueNamed(name).explain(ANY_ID)).facts.readAt)
  }

  #isFresh({ overview, atMs }: Read): boolean {
    return this.#clock.now() - atMs < freshMsOf(overview)
  }

  /** With what was known last. */
  #away(): Overview {
    this.#isAway = true
    this.#workersSeen.forget()
    const at = this.#time.now()
    const known = this.#last?.overview ?? overviewOf({ at })
    const sinceAt = this.#last && { sinceAt: known.at }
    const flow = { state: 'away', because: 'storage-away' } as const
    return { ...known, at, storage: { state: 'away', ...sinceAt }, flow }
  }
}

/** A queue, or a group of a channel. */
function placeOf({ queue = '', channel = '', group = '' }: Pick<Flow, 'queue' | 'channel' | 'group'>): string {
  return [queue, channel, group].join(' ')
}
