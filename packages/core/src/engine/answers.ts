import { limited } from '../waiting/limit.ts'
import { checkInteger, checkOptions, checkSignal } from '../define/check.ts'
import { MAX_DELAY_MS } from '../ports/limits.ts'
import { MqError } from '../errors.ts'
import type { Services } from '../services/services.ts'
import type { Claimer } from './claimer.ts'
import { closed } from './lanes.ts'
import type { Lanes } from './lanes.ts'
import type { Refusals } from './refusals.ts'
import type { Ticker } from './ticker.ts'
import type { ReadyOptions } from './worker.ts'

export interface AnswersParts {
  readonly services: Pick<Services, 'clock'>
  readonly claimer: Claimer
  readonly lanes: Lanes
  readonly refusals: Refusals
  readonly ticker: Ticker
}

interface Waiter {
  /** The number of turns that had begun at its call. */
  readonly after: number
  readonly resolve: () => void
  readonly reject: (error: Error) => void
}

/** The calls of `ready()` of a worker: the reply to a turn that began after the call shows that the storage answers. */
export class Answers {
  readonly #parts: AnswersParts
  readonly #waiters = new Set<Waiter>()

  constructor(parts: AnswersParts) {
    this.#parts = parts
  }

  get wanted(): boolean {
    return this.#waiters.size > 0
  }

  /**
   * Resolves when the storage answers a turn that begins from now on. The turn claims if a slot is free, since a claim
   * may be refused where other calls are not; if none is free, an empty turn is sent.
   */
  async wait(options: ReadyOptions): Promise<void> {
    const { claimer, lanes, refusals, services, ticker } = this.#parts
    if (lanes.closing) throw closed()
    if (refusals.pausedBy) throw refusals.pausedBy
    options = checkOptions('ready', options, ['signal', 'timeoutMs'])
    const { timeoutMs } = options
    const signal = checkSignal('signal', options.signal)
    signal?.throwIfAborted()
    if (timeoutMs !== undefined) checkInteger('timeoutMs', timeoutMs, 0, MAX_DELAY_MS)
    claimer.wake()
    const after = lanes.count
    let waiter: Waiter | undefined
    const answered = new Promise<void>(
      (resolve, reject) => void this.#waiters.add((waiter = { after, resolve, reject })),
    )
    ticker.kick()
    const onTimeout = (): Error => {
      return new MqError('wait-timeout', `the storage did not answer this worker within ${timeoutMs} ms`)
    }
    const { clock } = services
    await limited(answered, { clock, signal, timeoutMs, onTimeout }, () => this.#waiters.delete(waiter!))
  }

  /** The turn of that number, counted from 1, was answered. */
  came(turn: number): void {
    for (const waiter of this.#waiters) {
      if (turn <= waiter.after) continue
      this.#waiters.delete(waiter)
      waiter.resolve()
    }
  }

  refused(error: Error): void {
    for (const { reject } of this.#waiters) reject(error)
    this.#waiters.clear()
  }
}
