import { WORKER_GONE_MS } from '@mq/core'
import type { Broker, Clock, Queue, QueueStats, TaskFacts, WorkerEntry } from '@mq/core'
import { flowOf } from './flow-of.ts'
import type { JudgedQueue } from './overview-of.ts'
import { summaryOf } from './queue-summary.ts'
import { Rates } from './rates.ts'
import type { Trend } from './rates.ts'
import { readEach } from './readable.ts'
import type { Faults, Readable } from './readable.ts'
import { StorageTime } from './storage-time.ts'
import type { WorkersSeen } from './workers-seen.ts'

/** Asked for what is known of its queue: no task has this id, and nothing depends on that. */
const ANY_ID = 'mq-console'

export interface QueueReadingsParts {
  readonly broker: Broker
  readonly queueNamed: (name: string) => Queue
  readonly workersSeen: WorkersSeen
  readonly clock: Clock
}

interface ReadQueue {
  readonly name: string
  readonly stats: QueueStats
  readonly facts?: TaskFacts | undefined
  readonly trend: Trend
}

/** Reads queues, says whether their work flows, and learns the time of the storage by it. */
export class QueueReadings {
  readonly #parts: QueueReadingsParts
  readonly #time: StorageTime
  readonly #rates = new Rates()

  constructor(parts: QueueReadingsParts) {
    this.#parts = parts
    this.#time = new StorageTime(parts.clock)
  }

  /** By the storage's clock, as far as it is known. */
  now(): number {
    return this.#time.now()
  }

  /** Those that can be read, and why the others cannot. `upAtMs`: when the storage answered again, by the clock. */
  async read(
    names: readonly string[],
    workers: Readable<readonly WorkerEntry[]>,
    upAtMs: number,
  ): Promise<{ read: JudgedQueue[]; faults: Faults }> {
    const { values, faults } = await readEach(names, (name, i) => this.#read(name, i === 0))
    return { read: values.map((value) => this.#judge(value, workers, upAtMs)), faults }
  }

  /** From any queue, where it was not said lately. */
  async learnTime(): Promise<void> {
    if (this.#time.isKnown) return
    const { broker, queueNamed } = this.#parts
    const [name] = await broker.queues({ limit: 1 })
    if (name !== undefined) this.#time.said((await queueNamed(name).explain(ANY_ID)).facts.readAt)
  }

  async #read(name: string, isFirst: boolean): Promise<ReadQueue> {
    const queue = this.#parts.queueNamed(name)
    const stats = await queue.stats()
    const trend = this.#rates.note(name, stats, this.#parts.clock.now())
    // Of one at least, for the storage's time.
    if (stats.waiting + stats.overdue + stats.running === 0 && !isFirst) return { name, stats, trend }
    const { facts } = await queue.explain(ANY_ID)
    this.#time.said(facts.readAt)
    return { name, stats, facts, trend }
  }

  #judge(read: ReadQueue, workers: Readable<readonly WorkerEntry[]>, upAtMs: number): JudgedQueue {
    const { clock, workersSeen } = this.#parts
    const { name, stats, facts, trend } = read
    const now = this.#time.now()
    const own = (workers.value ?? []).filter(({ queue }) => queue === name)
    const alive = own.filter((worker) => workersSeen.isAlive(worker, now))
    const here = own.filter((worker) => !workersSeen.isGone(worker))
    // Nobody could call while the storage was away.
    const turnAgoMs = Math.min(clock.now() - upAtMs, facts?.workerSeenAgoMs ?? Infinity)
    // Where their reports cannot be read, a silence proves nothing.
    const most = workers.fault === undefined ? turnAgoMs : Math.min(turnAgoMs, WORKER_GONE_MS)
    const silentMs = Math.min(most, ...here.map(({ lastSeenAt }) => Math.max(0, now - lastSeenAt)))
    const areGone = own.length > 0 && here.length === 0
    const flow = flowOf({ ...read, alive, areGone, turnAgoMs, silentMs })
    const count = flow.because === 'no-workers' ? 0 : alive.length
    const idleWorkers = facts && Math.min(facts.idleWorkers, count)
    return { summary: summaryOf(name, stats, { workers: count, idleWorkers, trend }), flow }
  }
}
