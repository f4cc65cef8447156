import type { Services } from '../services/services.ts'
import type { Timer } from '../clock.ts'
import { MqError } from '../errors.ts'

/** What comes within a second of the first is one burst. */
const BURST_MS = 1_000

/** Reports dead letters that the storage dropped for a bound: accepted work of which nothing is kept. Once a burst, with their number. */
export class DroppedLetters {
  readonly #queue: string
  readonly #services: Services
  #count = 0
  #timer: Timer | undefined

  constructor(queue: string, services: Services) {
    this.#queue = queue
    this.#services = services
  }

  add(count: number): void {
    this.#count += count
    this.#timer ??= this.#services.clock.schedule(() => this.flush(), BURST_MS)
  }

  /** Says now what was not said yet. */
  flush(): void {
    this.#timer?.cancel()
    this.#timer = undefined
    const [count, queue] = [this.#count, this.#queue]
    if (count === 0) return
    this.#count = 0
    const { logger, onError } = this.#services
    const letters = count === 1 ? '1 dead letter was' : `${count} dead letters were`
    const message = `${letters} dropped from ${queue}: there was more than its keep.dead allows`
    logger.warn({ queue, count }, message)
    onError(new MqError('dead-letters-dropped', message, { details: { queue, count } }))
  }
}
