import type { Services } from '../services/services.ts'
import type { Timer } from '../clock.ts'
import { MqError } from '../errors.ts'
import type { MqErrorCode } from '../errors.ts'

/** Reports within a second of the first belong to one burst. */
const BURST_MS = 1_000

/**
 * Reports what the storage dropped to the logger and `onError`, once a burst, with its number. `describe` returns the
 * code and the message of the error.
 */
export class BurstReport {
  readonly #queue: string
  readonly #services: Services
  readonly #describe: (count: number, queue: string) => readonly [MqErrorCode, string]
  #count = 0
  #timer: Timer | undefined

  constructor(queue: string, services: Services, describe: typeof describeLetters) {
    this.#queue = queue
    this.#services = services
    this.#describe = describe
  }

  add(count: number): void {
    this.#count += count
    this.#timer ??= this.#services.clock.schedule(() => this.flush(), BURST_MS)
  }

  /** Reports now what was not reported yet. */
  flush(): void {
    this.#timer?.cancel()
    this.#timer = undefined
    const [count, queue] = [this.#count, this.#queue]
    if (count === 0) return
    this.#count = 0
    const { logger, onError } = this.#services
    const [code, message] = this.#describe(count, queue)
    logger.warn({ queue, count }, message)
    onError(new MqError(code, message, { details: { queue, count } }))
  }
}

/** Accepted work of which nothing is kept any more. */
export function describeLetters(count: number, queue: string): readonly [MqErrorCode, string] {
  const letters = count === 1 ? '1 dead letter was' : `${count} dead letters were`
  return ['dead-letters-dropped', `${letters} dropped from ${queue}: there was more than its keep.dead allows`]
}

export function describeForeign(count: number, queue: string): readonly [MqErrorCode, string] {
  const entries = count === 1 ? '1 entry was' : `${count} entries were`
  return [
    'foreign-entries-dropped',
    `${entries} dropped from ${queue} that mq did not write: another program writes to, or deletes from, its keys`,
  ]
}
