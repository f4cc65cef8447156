import type { Adapter, Storage, Turn } from '@mq/core'
import { memoryAdapter } from '@mq/memory-adapter'

/** Where the number of partitions is. */
export const HOME = -2
/** Where it is, too. */
export const WITNESSES = -3

/** A memory adapter whose calls of partitions are counted, and can be kept from being answered. */
export class WatchedAdapter {
  readonly adapter: Adapter
  /** Turns, by partition; of queues without partitions under -1. */
  readonly turns: Map<number, number> = new Map()
  /** All calls. */
  calls = 0
  /** Called before tasks are stored: what it throws is the answer. */
  onEnqueue: (partition: number) => void = () => undefined
  /** Called with each turn. */
  onTurn: (turn: Turn, partition: number) => void = () => undefined
  #what: 'calls' | 'answers' = 'calls'
  #isDead = false
  readonly #hanging = new Map<number, (() => void)[]>()

  constructor(adapter: Adapter = memoryAdapter()) {
    this.adapter = {
      ...adapter,
      open: (environment) => this.#watched(adapter.open(environment)),
    }
  }

  get sum(): number {
    return [...this.turns.values()].reduce((sum, count) => sum + count, 0)
  }

  /** From now on no call of this partition is answered, until `resume`: `calls` are not done before, `answers` are. */
  hang(partition: number, what: 'calls' | 'answers' = 'calls'): void {
    this.#hanging.set(partition, [])
    this.#what = what
  }

  /** Its process is gone, and nobody was told: no call of it does anything any more. */
  die(): void {
    this.#isDead = true
  }

  resume(partition: number): void {
    const waiting = this.#hanging.get(partition) ?? []
    this.#hanging.delete(partition)
    for (const go of waiting) go()
  }

  #watched(storage: Storage): Storage {
    return new Proxy(storage, {
      get: (target, name) => {
        const member: unknown = Reflect.get(target, name, target)
        if (name === 'widths') return this.#widthsOf(target)
        if (name !== 'queue') return typeof member === 'function' ? member.bind(target) : member
        return (queue: string, options: { partition?: { index: number } } = {}) =>
          this.#driver(target.queue(queue, options as never), options.partition?.index ?? -1)
      },
    })
  }

  /** Of partition -2: the slot of the queue's name. What is decided is known elsewhere, too, unless all is away. */
  #widthsOf({ widths }: Storage): Storage['widths'] {
    if (widths === undefined) return undefined
    const [home, witnesses] = [this.#driver(widths, HOME), this.#driver(widths, WITNESSES)]
    return {
      claim: (queue, wanted) => home.claim(queue, wanted),
      of: (queue) => witnesses.of(queue),
      change: (queue, before, after) => home.change(queue, before, after),
      release: (queue, had) => home.release(queue, had),
      mark: (queue, of, marks) => home.mark(queue, of, marks),
    }
  }

  #driver<T extends object>(driver: T, partition: number): T {
    return new Proxy(driver, {
      get: (target, name) => {
        const member: unknown = Reflect.get(target, name, target)
        if (typeof member !== 'function') return member
        return async (...given: unknown[]) => {
          this.calls++
          if (name === 'enqueue') this.onEnqueue(partition)
          if (name === 'settleAndClaim') {
            this.turns.set(partition, (this.turns.get(partition) ?? 0) + 1)
            this.onTurn(given[0] as Turn, partition)
          }
          const waiting = this.#hanging.get(partition)
          const until = new Promise<void>((resolve) => (waiting === undefined ? resolve() : waiting.push(resolve)))
          if (this.#what === 'calls') await until
          if (this.#isDead) return new Promise(() => undefined)
          const answer: unknown = await Reflect.apply(member, target, given)
          await until
          return answer
        }
      },
    })
  }
}
