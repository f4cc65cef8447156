import type { Timer } from '../clock.ts'
import { MqError } from '../errors.ts'
import { idOf } from '../wire/header.ts'
import type { TaskHeader } from '../wire/header.ts'
import type { ClaimedTask } from '../ports/claimed-task.ts'
import type { AbortReason, Context } from '../handler/handler.ts'
import { beginRun } from '../handler/unreturned.ts'
import type { Memos } from './memos.ts'
import type { TaskLog } from './task-log.ts'
import type { RunEvent } from '../services/task-events.ts'

/** A claimed task, its header decoded. */
export interface Delivery {
  readonly task: ClaimedTask
  readonly header: TaskHeader
  /** The memo of earlier runs of this life, with what this run noted before it began. */
  memo: string | undefined
}

/** The call that a task of a batch shares with others. */
export interface RunningBatch {
  readonly size: number
  /** Of its tasks, those in the slot. */
  open: number
  /** Whether a failure of the whole is charged to none of its tasks. */
  readonly failsApart: boolean
  /** What would be the call of the handler of a single task: resolves with its part of the answers. */
  sit(execution: Execution, payload: unknown, context: Context): Promise<unknown>
  /** The task's run ended, perhaps before it came. */
  left(execution: Execution): void
  /** The task is not wanted any more. */
  aborted(execution: Execution, reason: MqError): void
  /** Whether to report this failure of one of its tasks: one that they share is reported once. */
  isNews(error: Error): boolean
}

/** One run of a handler, as its worker tracks it; the handler gets a `TaskContext`. */
export class Execution {
  readonly held: Delivery
  readonly queue: string
  readonly startedAt: number
  /** Runs of this process are numbered in the order in which they begin. */
  readonly run: number = beginRun()
  timer: Timer | undefined
  /** What subscribers of its start were given. */
  event: RunEvent | undefined
  /** What was thrown, or refused. */
  failure: Error | undefined
  /** What its handler logged, if anything. */
  log: TaskLog | undefined
  /** Its steps, if it did one by `once`. */
  memos: Memos | undefined
  /** The batch that it runs in. */
  batch: RunningBatch | undefined
  /** How many tasks it enqueued without a label. */
  enqueued = 0
  /** Its outcome is decided; whatever the handler still does is ignored. */
  over = false
  /** It no longer counts as running. */
  freed = false
  #controller: AbortController | undefined
  #reason: MqError | undefined

  constructor(held: Delivery, queue: string, startedAt: number) {
    this.held = held
    this.queue = queue
    this.startedAt = startedAt
  }

  get id(): string {
    return idOf(this.held.task.n, this.held.header)
  }

  get attempt(): number {
    return this.held.task.failures + 1
  }

  /** Made only when a handler asks for it. */
  get signal(): AbortSignal {
    if (this.#controller === undefined) {
      this.#controller = new AbortController()
      if (this.#reason) this.#controller.abort(this.#reason)
    }
    return this.#controller.signal
  }

  get aborted(): MqError | undefined {
    return this.#reason
  }

  /** Aborts the handler's signal; only the first reason counts. */
  abort(code: AbortReason, message: string, details?: Readonly<Record<string, unknown>>): void {
    if (this.#reason) return
    this.#reason = new MqError(code, message, { details })
    this.#controller?.abort(this.#reason)
    this.batch?.aborted(this, this.#reason)
  }
}
