import { limited } from '../waiting/limit.ts'
import type { Clock } from '../clock.ts'
import { checkInteger, checkOptions, checkSignal } from '../define/check.ts'
import { MAX_DELAY_MS } from '../ports/limits.ts'
import { MqError } from '../errors.ts'
import type { ReadyOptions } from './worker.ts'

interface Waiter {
  /** How many turns had begun when it asked. */
  readonly after: number
  readonly resolve: () => void
  readonly reject: (error: Error) => void
}

/** Those who want to know whether the storage answers this worker: the answer to a turn that began after they asked shows it. */
export class Answers {
  readonly #waiters = new Set<Waiter>()

  get wanted(): boolean {
    return this.#waiters.size > 0
  }

  async wait(after: number, clock: Clock, options: ReadyOptions): Promise<void> {
    options = checkOptions('ready', options, ['signal', 'timeoutMs'])
    const { timeoutMs } = options
    const signal = checkSignal('signal', options.signal)
    signal?.throwIfAborted()
    if (timeoutMs !== undefined) checkInteger('timeoutMs', timeoutMs, 0, MAX_DELAY_MS)
    let waiter: Waiter | undefined
    const answered = new Promise<void>(
      (resolve, reject) => void this.#waiters.add((waiter = { after, resolve, reject })),
    )
    const onTimeout = (): Error => {
      return new MqError('wait-timeout', `the storage did not answer this worker within ${timeoutMs} ms`)
    }
    await limited(answered, { clock, signal, timeoutMs, onTimeout }, () => this.#waiters.delete(waiter!))
  }

  /** The turn of that number, from 1, was answered. */
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
