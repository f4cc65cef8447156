import { encode } from '../codec.ts'
import type { Timer } from '../clock.ts'
import { MqError } from '../errors.ts'
import type { Logger } from '../logger.ts'
import { idOf } from '../queue/header.ts'
import type { AbortReason, Context } from './handler.ts'
import type { Held } from './held.ts'
import { Memos } from './memos.ts'
import type { Notes } from './notes.ts'

const MAX_PROGRESS_CHARACTERS = 65_536

/** One run of a handler, and the context it is given. Signal and logger are made only when asked for. */
export class Execution implements Context {
  readonly held: Held
  readonly queue: string
  readonly startedAt: number
  timer: Timer | undefined
  /** Its outcome is decided; what the handler still does counts for nothing. */
  over = false
  /** It no longer counts as running. */
  freed = false
  readonly #notes: Notes
  readonly #logger: Logger
  #controller: AbortController | undefined
  #reason: MqError | undefined
  #memos: Memos | undefined

  constructor(held: Held, startedAt: number, parts: { notes: Notes; logger: Logger; queue: string }) {
    this.held = held
    this.startedAt = startedAt
    this.#notes = parts.notes
    this.#logger = parts.logger
    this.queue = parts.queue
  }

  get id(): string {
    return idOf(this.held.task.n, this.held.header)
  }

  get attempt(): number {
    return this.held.task.failures + 1
  }

  get fence(): number {
    return this.held.task.fence
  }

  get headers(): Readonly<Record<string, string>> {
    return this.held.header.headers ?? {}
  }

  get enqueuedAt(): number {
    return this.held.task.enqueuedAt
  }

  get signal(): AbortSignal {
    if (this.#controller === undefined) {
      this.#controller = new AbortController()
      if (this.#reason) this.#controller.abort(this.#reason)
    }
    return this.#controller.signal
  }

  get logger(): Logger {
    const bound = { queue: this.queue, id: this.id, attempt: this.attempt }
    const logger = this.#logger
    return {
      debug: (fields, message) => logger.debug({ ...bound, ...fields }, message),
      info: (fields, message) => logger.info({ ...bound, ...fields }, message),
      warn: (fields, message) => logger.warn({ ...bound, ...fields }, message),
      error: (fields, message) => logger.error({ ...bound, ...fields }, message),
    }
  }

  /** A field, so that a handler may take it out of its context. */
  readonly progress = (value: unknown): void => {
    const body = encode(value, 'invalid-payload', 'the progress')
    if (body.length > MAX_PROGRESS_CHARACTERS) throw new MqError('payload-too-large', 'a progress report is too large')
    if (!this.over) this.#notes.report(this.held.task.lease, body)
  }

  readonly once = <T>(key: string, act: () => T | Promise<T>): Promise<T> => {
    const { lease, memo } = this.held.task
    this.#memos ??= new Memos({ stored: memo, keep: (text) => this.#notes.keepMemo(lease, text) })
    return this.#memos.once(key, act)
  }

  get aborted(): MqError | undefined {
    return this.#reason
  }

  /** Only the first reason counts. */
  abort(code: AbortReason, message: string, details?: Readonly<Record<string, unknown>>): void {
    if (this.#reason) return
    this.#reason = new MqError(code, message, { details })
    this.#controller?.abort(this.#reason)
  }
}
