import type { Clock } from '../clock.ts'
import { MqError } from '../errors.ts'
import { isPassing } from './repeat.ts'

interface Entry<Item, Answer> {
  readonly item: Item
  readonly bytes: number
  readonly count: number
  readonly since: number
  readonly resolve: (answer: Answer) => void
  readonly reject: (error: unknown) => void
}

export interface BatcherOptions<Item, Reply, Answer> {
  /** The number of batches that may be under way at once. */
  readonly lanes: number
  readonly maxItems: number
  readonly maxBytes: number
  readonly clock: Clock
  /** A call that waits for a lane longer than this, ms, while the storage is unavailable, is refused too. */
  readonly timeoutMs: number
  /** Sends a batch on lane 0…lanes − 1 and answers each item, in order. */
  readonly send: (items: readonly Item[], lane: number) => Promise<readonly Reply[]>
  /** What a reply is for the caller: he gets what this returns or throws. Default: the reply itself. */
  readonly answer?: ((item: Item, reply: Reply) => Answer) | undefined
}

/**
 * Gathers simultaneous calls, and those that arrive while all lanes are busy, into few round trips. A call that finds a
 * free lane is sent at the end of the current microtask: without load a call does not wait for others. After calls that
 * came together it is sent at the end of this turn of the event loop: so the requests of many sockets, each of which is
 * read in a callback of its own, share a round trip, too.
 */
export class Batcher<Item, Reply, Answer = Reply> {
  readonly #options: BatcherOptions<Item, Reply, Answer>
  readonly #answerOf: (item: Item, reply: Reply) => Answer
  readonly #free: number[]
  #waiting: Entry<Item, Answer>[] = []
  #scheduled = false
  /** Whether the last calls that were sent came together. */
  #together = false

  constructor(options: BatcherOptions<Item, Reply, Answer>) {
    this.#options = options
    this.#answerOf = options.answer ?? ((_item, reply) => reply as unknown as Answer)
    this.#free = Array.from({ length: options.lanes }, (_, lane) => lane)
  }

  /** `count`: how many of `maxItems` it is. */
  add(item: Item, bytes: number, count = 1): Promise<Answer> {
    return new Promise<Answer>((resolve, reject) => {
      this.#waiting.push({ item, bytes, count, since: this.#options.clock.now(), resolve, reject })
      this.#schedule()
    })
  }

  #schedule(): void {
    if (this.#scheduled || this.#free.length === 0 || this.#waiting.length === 0) return
    this.#scheduled = true
    // Made for each batch: a process may have the handles of thousands of queues.
    const flush = (): void => this.#flush()
    if (this.#together) setImmediate(flush)
    else queueMicrotask(flush)
  }

  #flush(): void {
    this.#scheduled = false
    this.#together = this.#waiting.length > 1
    while (this.#waiting.length > 0) {
      const lane = this.#free.pop()
      if (lane === undefined) return
      void this.#send(this.#take(), lane)
    }
  }

  #take(): Entry<Item, Answer>[] {
    const { maxItems, maxBytes } = this.#options
    let [taken, items, bytes] = [0, 0, 0]
    for (const entry of this.#waiting) {
      items += entry.count
      bytes += entry.bytes
      if (taken > 0 && (items > maxItems || bytes > maxBytes)) break
      taken++
    }
    if (taken < this.#waiting.length) return this.#waiting.splice(0, taken)
    const all = this.#waiting
    // An emptied array would keep its memory, in each of many thousand handles.
    this.#waiting = []
    return all
  }

  async #send(entries: readonly Entry<Item, Answer>[], lane: number): Promise<void> {
    try {
      const items = entries.map((entry) => entry.item)
      const replies = await this.#options.send(items, lane)
      for (let i = 0; i < entries.length; i++) this.#answer(entries[i]!, replies[i]!)
    } catch (error) {
      for (const entry of entries) entry.reject(error)
      if (MqError.is(error, 'unavailable') || isPassing(error)) this.#refuseOld(error as MqError)
    } finally {
      this.#free.push(lane)
      this.#schedule()
    }
  }

  #answer({ item, resolve, reject }: Entry<Item, Answer>, reply: Reply): void {
    try {
      resolve(this.#answerOf(item, reply))
    } catch (error) {
      reject(error)
    }
  }

  #refuseOld(error: MqError): void {
    const { clock, timeoutMs } = this.#options
    // A call gives up before a pause that would exceed its time, so calls of half that age are refused with it.
    const before = clock.now() - timeoutMs / 2
    const young = this.#waiting.findIndex(({ since }) => since > before)
    for (const entry of this.#waiting.splice(0, young === -1 ? this.#waiting.length : young)) entry.reject(error)
  }
}
