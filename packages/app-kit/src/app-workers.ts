import type { StopRequest, Worker, WorkerOptions } from '@mq/core'
import type { AppLogger } from './app-logger.ts'
import { cutOffWhile } from './cut-off-while.ts'

export interface AppWorkersOptions {
  readonly logger: AppLogger
  /** In its log: `worker closed`. */
  readonly word: string
  /** How long the handlers of a worker have when an operator stops it. */
  readonly deadlineMs: number
}

/** Where a worker of the app will be: its `onStop` has to be known before the worker is. */
export interface WorkerPlace {
  readonly onStop: NonNullable<WorkerOptions['onStop']>
  take(worker: Worker): void
}

/** The workers of an app: whether they are ready, and how each of them ends, by the app or by an operator. */
export class AppWorkers {
  readonly #options: AppWorkersOptions
  readonly #open = new Set<Worker>()
  readonly #ends = new Map<Worker, Promise<void>>()
  #onEnded: (() => void) | undefined

  constructor(options: AppWorkersOptions) {
    this.#options = options
  }

  place(): WorkerPlace {
    const { deadlineMs } = this.#options
    let taken: Worker | undefined
    let early: StopRequest | undefined
    const stop = async (worker: Worker, request: StopRequest): Promise<void> => {
      this.#open.delete(worker)
      try {
        await this.#end(worker, deadlineMs, request)
      } finally {
        if (this.#open.size === 0) this.#onEnded?.()
      }
    }
    return {
      onStop: (request) => (taken === undefined ? void (early = request) : stop(taken, request)),
      take: (worker) => {
        taken = worker
        this.#open.add(worker)
        if (early !== undefined) void stop(worker, early)
      },
    }
  }

  /** Of those that are not stopped. */
  async ready(signal: AbortSignal): Promise<void> {
    await Promise.all([...this.#open].map((worker) => worker.ready({ signal })))
  }

  /** Resolves when operators have stopped all workers, if there are any. Called once all have been taken. */
  ended(): Promise<void> {
    return new Promise((resolve) => {
      this.#onEnded = resolve
      if (this.#open.size === 0 && this.#ends.size > 0)
        void Promise.allSettled(this.#ends.values()).then(() => resolve())
    })
  }

  async close(deadlineMs: number): Promise<void> {
    for (const worker of this.#open) void this.#end(worker, deadlineMs)
    await Promise.all(this.#ends.values())
  }

  #end(worker: Worker, deadlineMs: number, request?: StopRequest): Promise<void> {
    const known = this.#ends.get(worker)
    if (known !== undefined) return known
    const end = this.#report(worker, deadlineMs, request)
    this.#ends.set(worker, end)
    return end
  }

  async #report(worker: Worker, deadlineMs: number, request: StopRequest | undefined): Promise<void> {
    const { logger, word } = this.#options
    const report = await cutOffWhile(worker.queue, () => worker.close({ deadlineMs }))
    const facts = { queue: worker.queue, ...report }
    if (request === undefined) logger.info(facts, `${word} closed`)
    else logger.info({ ...facts, by: request.by }, `${word} stopped by an operator`)
  }
}
