import type { Timer } from '../clock.ts'
import { MqError } from '../errors.ts'
import { idOf } from '../wire/header.ts'
import type { TaskHeader } from '../wire/header.ts'
import type { ClaimedTask } from '../ports/claimed-task.ts'
import type { AbortReason } from '../handler/handler.ts'
import { beginRun } from '../handler/unreturned.ts'
import type { TaskLog } from './task-log.ts'
import type { RunEvent } from '../services/task-events.ts'

/** A claimed task, its header decoded. */
export interface Delivery {
  readonly task: ClaimedTask
  readonly header: TaskHeader
  /** The memo of earlier runs of this life, with what this run noted before it began. */
  memo: string | undefined
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
  }
}
