import type { Hold, KeyLimits, QueueLimits } from '@mq/core'
import type { ModelTask } from './model-task.ts'

interface KeyHold {
  until: number
  /** Retried tasks, and until when each holds the key. */
  readonly holders: Map<string, number>
}

/** The limits of a queue, without rates, and what is held. */
export class ModelLimits {
  now: QueueLimits = {}
  #heldUntil = 0
  readonly #keys = new Map<string, KeyHold>()

  get perKey(): KeyLimits {
    return this.now.perKey ?? {}
  }

  hold(task: ModelTask, { scope, forMs }: Hold, now: number): void {
    if (scope === 'key' && task.key !== undefined) {
      const key = this.#key(task.key)
      key.until = Math.max(key.until, now + forMs)
    } else this.#heldUntil = Math.max(this.#heldUntil, now + forMs)
  }

  holdFor({ n, key }: ModelTask, until: number): void {
    this.#key(key!).holders.set(n, until)
  }

  unhold({ n, key }: ModelTask): void {
    this.#key(key!).holders.delete(n)
  }

  /** Whether none may be given now. */
  stop(leased: number, now: number): boolean {
    return this.#heldUntil > now || leased >= (this.now.concurrency ?? Infinity)
  }

  stopKey({ key }: ModelTask, leased: readonly ModelTask[], now: number): boolean {
    return key !== undefined && this.#freeAt(key, leased) > now
  }

  /** The first of the times at which something that is held is not any more. */
  nextFree(waiting: readonly ModelTask[], leased: readonly ModelTask[], now: number): number {
    if (leased.length >= (this.now.concurrency ?? Infinity)) return Infinity
    const times = waiting.map(({ key }) => Math.max(this.#heldUntil, key === undefined ? 0 : this.#freeAt(key, leased)))
    return Math.min(...times.filter((time) => time > now))
  }

  /** When one of the key may be given next: Infinity once one that is leased ends. */
  #freeAt(key: string, leased: readonly ModelTask[]): number {
    const running = leased.filter((task) => task.key === key).length
    if (running >= (this.perKey.concurrency ?? Infinity)) return Infinity
    const { until, holders } = this.#key(key)
    return Math.max(until, ...holders.values())
  }

  #key(key: string): KeyHold {
    let hold = this.#keys.get(key)
    if (hold === undefined) this.#keys.set(key, (hold = { until: 0, holders: new Map() }))
    return hold
  }
}
