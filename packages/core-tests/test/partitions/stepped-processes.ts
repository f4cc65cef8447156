import { silentLogger } from '@mq/core'
import type { Adapter, QueueAdmin, QueueCommand, QueueDriver, QueueLimits, QueueSharing, Storage } from '@mq/core'
import { createVirtualClock, partitionedAdapter } from '@mq/core/testing'
import type { VirtualClock } from '@mq/core/testing'
import { memoryAdapter } from '@mq/memory-adapter'

/** A queue over its partitions, as a process has it. */
export type Queue = QueueDriver &
  Pick<QueueAdmin, 'apply' | 'stats'> &
  QueueSharing & { divide(of: number): Promise<unknown> }

/** What a partition was told. */
export interface Told {
  readonly place: number
  readonly paused: boolean
  readonly override: QueueLimits | undefined
  readonly held: boolean
}

const QUEUE = 'work'

/**
 * Processes that share one storage, whose calls are done one after the other, in an order that a test says; and one
 * whose process is gone does none any more.
 */
export class SteppedProcesses {
  readonly clock: VirtualClock = createVirtualClock()
  readonly errors: Error[] = []
  /** How often a layout was put in the place of another. */
  changes = 0
  /** Partitions that each process sealed, as often as it did. */
  readonly sealed: Map<number, number> = new Map()
  readonly #shared = memoryAdapter()
  readonly #environment = {
    clock: this.clock,
    logger: silentLogger,
    onError: (error: Error) => void this.errors.push(error),
  }
  readonly #plain: Storage = this.#shared.open(this.#environment)
  readonly #waiting = new Map<number, (() => void)[]>()
  readonly #gone = new Set<number>()
  #isStepped = false

  open(process: number): Queue {
    const adapter: Adapter = {
      ...this.#shared,
      open: (environment) => this.#watched(this.#shared.open(environment), process),
    }
    return partitionedAdapter(adapter, { partitions: 2 }).open(this.#environment).queue(QUEUE) as unknown as Queue
  }

  /**
   * Each of them goes on, one call at a time, until all have ended: which process, says `next`, undefined where all that
   * are left are gone; and which of its calls, `which`.
   */
  async run(
    acts: readonly (() => Promise<unknown>)[],
    next: (able: readonly number[]) => number | undefined,
    which: (count: number) => number = () => 0,
  ): Promise<void> {
    this.#isStepped = true
    const left = new Set(acts.keys())
    acts.forEach(
      (act, process) =>
        void act()
          .finally(() => left.delete(process))
          .catch((error: Error) => this.errors.push(error)),
    )
    for (await settled(); left.size > 0; await settled()) {
      const able = [...left].filter((process) => (this.#waiting.get(process) ?? []).length > 0)
      const process = able.length > 0 ? next(able) : undefined
      if (process !== undefined) this.#next(process, which)
      else if (able.length > 0) break
      else await this.clock.advance(100)
    }
    this.#isStepped = false
    for (const [process, calls] of this.#waiting) if (!this.#gone.has(process)) for (const call of calls) call()
    this.#waiting.clear()
    await settled()
  }

  /** It does nothing any more, and nobody was told. */
  kill(process: number): void {
    this.#gone.add(process)
  }

  /** Of all partitions that there are. */
  async told(): Promise<Told[]> {
    const layout = (await this.#plain.widths!.of(QUEUE))!
    const partitions = layout.generations.flatMap(({ of, from, made }) =>
      Array.from({ length: of }, (_, index) => ({ index, of, made, place: from + index })),
    )
    return Promise.all(
      partitions.map(async (partition) => {
        const driver = this.#plain.queue(QUEUE, { partition })
        const [{ paused }, { override, heldForMs }] = await Promise.all([driver.stats(), driver.limits!()])
        return { place: partition.place, paused, override, held: heldForMs !== undefined }
      }),
    )
  }

  #watched(storage: Storage, process: number): Storage {
    return new Proxy(storage, {
      get: (target, name) => {
        const member: unknown = Reflect.get(target, name, target)
        if (name === 'widths') return this.#stepped(target.widths!, process)
        if (name !== 'queue') return typeof member === 'function' ? member.bind(target) : member
        return (...given: Parameters<Storage['queue']>) => this.#stepped(target.queue(...given), process)
      },
    })
  }

  #stepped<T extends object>(driver: T, process: number): T {
    return new Proxy(driver, {
      get: (target, name) => {
        const member: unknown = Reflect.get(target, name, target)
        if (typeof member !== 'function') return member
        return async (...given: unknown[]) => {
          await this.#step(process)
          const answer: unknown = await Reflect.apply(member, target, given)
          if (name === 'change') this.changes++
          if (name === 'apply' && (given[0] as QueueCommand).kind === 'retire') {
            this.sealed.set(process, (this.sealed.get(process) ?? 0) + 1)
          }
          await this.#step(process)
          return answer
        }
      },
    })
  }

  /** Calls of one process arrive in any order: those of different partitions go different ways. */
  #next(process: number, which: (count: number) => number): void {
    const waiting = this.#waiting.get(process)!
    const [go] = waiting.splice(which(waiting.length), 1)
    go!()
  }

  /** What is done, and what is answered, are steps of their own. */
  async #step(process: number): Promise<void> {
    if (this.#isStepped) await new Promise<void>((go) => this.#queueOf(process).push(go))
    if (this.#gone.has(process)) await new Promise(() => undefined)
  }

  #queueOf(process: number): (() => void)[] {
    const waiting = this.#waiting.get(process) ?? []
    this.#waiting.set(process, waiting)
    return waiting
  }
}

function settled(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve))
}
