import { setTimeout as delay } from 'node:timers/promises'
import type { Broker, Context, Queue, Worker, WorkerOptions } from '@mq/core'
import { MqError } from '@mq/core'
import type { Dice } from './seeded.ts'
import { ownTime } from './own-time.ts'
import { until } from './until.ts'

export interface Run {
  readonly id: string
  readonly fence: number
}

export interface LoadReport {
  readonly attempted: number
  readonly accepted: number
  /** Enqueues that ended with `unavailable`: they may have been stored or not. */
  readonly unknown: number
  /** Accepted and never run. */
  readonly lost: readonly number[]
  /** Run but never enqueued. */
  readonly unexpected: readonly number[]
  /** Runs beyond the first of the same task. */
  readonly duplicates: number
  /** Payloads that became more than one task. */
  readonly doubled: readonly number[]
  /** Tasks whose fences do not increase from run to run. */
  readonly unfenced: readonly number[]
}

export interface LoadOptions {
  readonly producers?: number
  readonly workers?: WorkerOptions
  /** The longest pause between two enqueues of a producer, and the longest handler. */
  readonly pauseMs?: number
}

/**
 * Producers and a worker that go on while something happens to the server, and the account of what became of every task.
 * Producers and workers have brokers of their own, as processes would.
 */
export class Load {
  readonly #dice: Dice
  readonly #queue: Queue<number>
  readonly #pauseMs: number
  readonly #accepted = new Set<number>()
  readonly #runs = new Map<number, Run[]>()
  readonly #producing: Promise<void>[]
  readonly worker: Worker
  readonly failures: unknown[] = []
  #attempted = 0
  #unknown = 0
  #over = false

  constructor(producer: Broker, consumer: Broker, name: string, dice: Dice, options: LoadOptions = {}) {
    this.#dice = dice
    this.#pauseMs = options.pauseMs ?? 8
    this.#queue = producer.queue(name) as Queue<number>
    this.worker = (consumer.queue(name) as Queue<number>).process((i, context) => this.#handle(i, context), {
      concurrency: 10,
      ...options.workers,
    })
    this.#producing = Array.from({ length: options.producers ?? 4 }, () => this.#produce())
  }

  get handled(): number {
    return this.#runs.size
  }

  /** No further enqueue; resolves when those under way have ended. */
  async stop(): Promise<void> {
    this.#over = true
    await Promise.all(this.#producing)
  }

  /** Stops, and waits until all that was accepted was run and nothing is left. */
  async drain(withinMs: number): Promise<LoadReport> {
    await this.stop()
    await until('the backlog to drain', withinMs, async () => {
      const { waiting, delayed, running } = await this.#queue.stats()
      return waiting + delayed + running === 0 && this.worker.stats().running === 0
    })
    return this.report()
  }

  /** Resolves when `count` further tasks were handled: it works. Answers after how long, ms of our own time. */
  async progress(count: number, withinMs: number): Promise<number> {
    const begin = ownTime()
    const goal = this.#runs.size + count
    await until(`${count} further tasks`, withinMs, () => this.#runs.size >= goal)
    return Math.round(ownTime() - begin)
  }

  report(): LoadReport {
    const runs = [...this.#runs]
    return {
      attempted: this.#attempted,
      accepted: this.#accepted.size,
      unknown: this.#unknown,
      lost: [...this.#accepted].filter((i) => !this.#runs.has(i)),
      unexpected: runs.map(([i]) => i).filter((i) => i >= this.#attempted),
      duplicates: runs.reduce((sum, [, each]) => sum + each.length - 1, 0),
      doubled: runs.filter(([, each]) => new Set(each.map(({ id }) => id)).size > 1).map(([i]) => i),
      unfenced: runs
        .filter(([, each]) => each.some(({ fence }, k) => k > 0 && fence <= each[k - 1]!.fence))
        .map(([i]) => i),
    }
  }

  async #produce(): Promise<void> {
    while (!this.#over) {
      const i = this.#attempted++
      try {
        await this.#queue.enqueue(i)
        this.#accepted.add(i)
      } catch (error) {
        // Closed before it was stopped: the test failed, and the load ends with it.
        if (MqError.is(error, 'closed')) return
        if (MqError.is(error, 'unavailable')) this.#unknown++
        else this.failures.push(error)
      }
      await delay(this.#dice.between(0, this.#pauseMs))
    }
  }

  async #handle(i: number, { id, fence }: Context): Promise<void> {
    const runs = this.#runs.get(i)
    if (runs) runs.push({ id, fence })
    else this.#runs.set(i, [{ id, fence }])
    await delay(this.#dice.between(0, this.#pauseMs))
  }
}
