import type { Services } from '../services/services.ts'
import type { Timer } from '../clock.ts'
import { MqError } from '../errors.ts'

interface Place {
  readonly attempt: () => Promise<boolean>
  readonly resolve: () => void
  readonly reject: (error: unknown) => void
}

const POLL_MS = 1_000

/**
 * The line of calls that wait for room in a full queue: first come, first served inside a process. They are tried again
 * at a hint that there is room, and once a second in case the hint was lost.
 */
export class Room {
  readonly #services: Services
  #line: Place[] = []
  #timer: Timer | undefined
  #trying = false
  #again = false
  #hints = 0

  constructor(services: Services) {
    this.#services = services
  }

  /** Whether calls wait: an enqueue goes behind them. */
  get crowded(): boolean {
    return this.#line.length > 0
  }

  /** The number of hints that arrived. */
  get hints(): number {
    return this.#hints
  }

  /** A hint that there is room. */
  hear(): void {
    this.#hints++
    this.retry()
  }

  /** Resolves once `attempt` returned true. `leave` gives the place in the line up. */
  wait(attempt: () => Promise<boolean>): { readonly done: Promise<void>; readonly leave: () => void } {
    let place: Place
    const done = new Promise<void>((resolve, reject) => {
      place = { attempt, resolve, reject }
      this.#line.push(place)
    })
    this.#arm()
    return {
      done,
      leave: () => {
        this.#line = this.#line.filter((other) => other !== place)
        this.#arm()
      },
    }
  }

  /** There may be room. */
  retry(): void {
    if (this.#trying) this.#again = true
    else if (this.#line.length > 0) void this.#try()
  }

  /** Refuses every call in the line with `error`. */
  close(error: Error): void {
    const line = this.#line
    this.#line = []
    this.#arm()
    for (const place of line) place.reject(error)
  }

  async #try(): Promise<void> {
    this.#trying = true
    this.#again = false
    let place: Place | undefined
    while ((place = this.#line[0])) {
      try {
        if (!(await place.attempt())) {
          if (!this.#again) break
          this.#again = false
          continue
        }
        place.resolve()
      } catch (error) {
        // A storage that is unavailable is so for the whole line: otherwise each call would wait for it again.
        if (MqError.is(error, 'unavailable')) this.close(error)
        place.reject(error)
      }
      if (this.#line[0] === place) this.#line.shift()
    }
    this.#trying = false
    this.#arm()
  }

  #arm(): void {
    this.#timer?.cancel()
    this.#timer = undefined
    if (this.#line.length === 0) return
    this.#timer = this.#services.clock.schedule(
      () => {
        this.#timer = undefined
        this.retry()
        if (!this.#timer) this.#arm()
      },
      Math.round(POLL_MS * (1 + this.#services.random())),
    )
  }
}
