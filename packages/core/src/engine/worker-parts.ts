import type { QueueAdmin } from '../ports/queue-admin.ts'
import type { QueueDriver } from '../ports/queue-driver.ts'
import type { FlowStore } from '../flows/flow-store.ts'
import type { Services } from '../services/services.ts'
import type { Batches } from './batches.ts'
import type { Work } from './work.ts'
import type { StopRequest, Worker } from './worker.ts'

/** Of a driver that answers turns before all of their settlements are known. */
export interface SettlesLater {
  /** Resolves when all that this worker settled is known. */
  settledBy(worker: string): Promise<void>
}

/** What a worker is made of. */
export interface WorkerParts {
  readonly name: string
  /** Without `sample` where nobody keeps what the worker measured. */
  readonly driver: Pick<QueueDriver, 'settleAndClaim' | 'extend' | 'note' | 'listen'> &
    Pick<QueueAdmin, 'sample'> &
    Partial<SettlesLater>
  readonly services: Services
  readonly work: Work
  /** Undefined where a task has no parents and nothing follows it: in a group. */
  readonly flows?: FlowStore | undefined
  /** The longest pause between two polls, ms, for a storage that forgets workers that do not call. */
  readonly lookWithinMs?: number | undefined
  /** Called with the worker when it starts; the function that it returns is called at its end. */
  readonly begun: (worker: BegunWorker) => () => void
}

/** The facts that a worker reports for the list of workers. */
export interface WorkerFacts {
  /** Unique. */
  readonly id: string
  /** The queue, or `channel/group`. */
  readonly name: string
  readonly concurrency: number
  /** The most tasks of a call, where its handler gets batches. */
  readonly batchSize?: number | undefined
  /** Handlers that count as running. */
  readonly running: number
  readonly state: 'working' | 'paused' | 'quiet'
  readonly aliveMs: number
}

/** A worker as its broker has it. */
export interface BegunWorker extends Worker {
  facts(): WorkerFacts
  /** Another process asked for its end. */
  stop(by: string | undefined): void
  /** Called when it begins, and every 10 s: reports what it measured. */
  tick(): void
}

/** What the handles of one kind report to their broker, with the name of the queue or channel. */
export interface HandleEvents {
  /** Called with each batch that is enqueued or published. */
  readonly onUsed: (name: string) => void
  readonly onObliterated: (name: string) => Promise<void>
  /** The broker closes the worker; the function that it returns is called at the worker's end. */
  readonly onWorker: (worker: BegunWorker, name: string) => () => void
}

/** Checked, with the defaults. */
export interface ResolvedWorkerOptions {
  readonly concurrency: number
  readonly leaseMs: number
  readonly prefetch: boolean
  readonly onStop: ((stop: StopRequest) => unknown) | undefined
  readonly signal: AbortSignal | undefined
  /** Where handlers get batches. */
  readonly batches: Batches | undefined
}
