import { MqError, systemClock } from '@mq/core'
import type { Broker, Channel, Clock, Queue, WorkerEntry } from '@mq/core'
import type { FastifyBaseLogger } from 'fastify'
import { freshMsOf } from './fresh.ts'
import { GroupReadings } from './group-readings.ts'
import { overviewOf } from './overview-of.ts'
import type { Flow, Overview, Unreadable } from './overview.ts'
import { QueueReadings } from './queue-readings.ts'
import type { QueueSummary } from './queue-summary.ts'
import { readable } from './readable.ts'
import type { Faults } from './readable.ts'
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
/** Nobody is there, whatever is listed. */
const LEFT: readonly Flow['because'][] = ['no-workers', 'no-members']

export interface ListedWorker extends WorkerEntry {
  readonly alive: boolean
}

export interface ReadQueues {
  readonly queues: QueueSummary[]
  readonly faults: Faults
}

interface Read {
  readonly overview: Overview
  readonly atMs: number
}

/** Reads queues and workers, once for all who look at the same time. */
export class Readings {
  readonly #broker: Broker
  readonly #signal: AbortSignal
  readonly #log: ReadingsParts['log']
  readonly #clock: Clock
  readonly #queues: QueueReadings
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
    this.#signal = signal
    this.#log = log
    this.#clock = clock
    this.#workersSeen = new WorkersSeen(broker, clock)
    const parts = { broker, queueNamed, clock, workersSeen: this.#workersSeen }
    this.#queues = new QueueReadings(parts)
    this.#groups = new GroupReadings({ ...parts, channelNamed })
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
    const { read, faults } = await this.#queues.read(names, await readable(this.#workersSeen.list()), this.#upAtMs)
    return { queues: read.map(({ summary }) => summary), faults }
  }

  /** The newest first. */
  async workers(): Promise<ListedWorker[]> {
    const entries = await this.#workersSeen.list()
    await readable(this.#queues.learnTime())
    const now = this.#queues.now()
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
    const { read, faults } = await this.#queues.read(names.slice(0, MOST_QUEUES), workers, this.#upAtMs)
    const groups = await this.#groups.read({
      workers: workers.value,
      outcomes: read.flatMap(({ summary }) => (summary.outcomes ? summary.name : [])),
      upForMs: this.#clock.now() - this.#upAtMs,
    })
    const now = this.#queues.now()
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

  #isFresh({ overview, atMs }: Read): boolean {
    return this.#clock.now() - atMs < freshMsOf(overview)
  }

  /** With what was known last. */
  #away(): Overview {
    this.#isAway = true
    this.#workersSeen.forget()
    const at = this.#queues.now()
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
