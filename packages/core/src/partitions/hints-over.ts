import type { Clock } from '../clock.ts'
import { toError } from '../errors.ts'
import { MqError } from '../errors.ts'
import type { Hint } from '../ports/hint.ts'
import type { Subscription } from '../ports/subscription.ts'
import { inTime } from './in-time.ts'
import type { PartitionPort } from './partition-port.ts'

export interface HintsOverParts {
  readonly clock: Clock
  readonly ports: readonly PartitionPort[]
  readonly onError: (error: Error) => void
  readonly onWork: (index: number) => void
  readonly onInterruption: (index: number) => void
}

/** The subscriptions to the hints of all partitions. */
export class HintsOver {
  readonly #parts: HintsOverParts
  /** Those of each partition that are open. */
  readonly #open: Set<Subscription>[]

  constructor(parts: HintsOverParts) {
    this.#parts = parts
    this.#open = parts.ports.map(() => new Set())
  }

  hears(index: number): boolean {
    for (const { live } of this.#open[index]!) if (live) return true
    return false
  }

  /** Resolves when the hints of all partitions arrive, or of those that can be reached; the others follow. */
  async listen(listener: (hint: Hint) => void): Promise<Subscription> {
    const { clock, onError, onInterruption, ports } = this.#parts
    const opened = new Map<number, Subscription>()
    let isClosed = false
    const openings = ports.map(async (port) => {
      const { index } = port
      const subscription = await port.listen((hint) => {
        this.#note(index, hint)
        listener(hint)
      })
      if (isClosed) return subscription.close()
      opened.set(index, subscription)
      this.#open[index]!.add(subscription)
    })
    const all = Promise.allSettled(openings)
    const ends = await inTime(clock, all)
    const failure = ends?.find((end) => end.status === 'rejected')
    if (failure !== undefined && opened.size === 0) throw failure.reason
    if (ends === undefined) {
      void all.then(() => {
        if (isClosed) return
        ports.forEach(({ index }) => onInterruption(index))
        listener({ kind: 'reconnected' })
      })
    } else if (failure !== undefined && !MqError.is(failure.reason, 'closed')) onError(toError(failure.reason))
    return {
      get live() {
        return [...opened.values()].some(({ live }) => live)
      },
      close: async () => {
        isClosed = true
        for (const [index, subscription] of opened) this.#open[index]!.delete(subscription)
        await Promise.all([...opened.values()].map((subscription) => subscription.close()))
      },
    }
  }

  #note(index: number, hint: Hint): void {
    if (hint.kind === 'work') this.#parts.onWork(index)
    else if (hint.kind === 'reconnected') this.#parts.onInterruption(index)
  }
}
