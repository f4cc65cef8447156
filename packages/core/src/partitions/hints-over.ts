import type { Clock } from '../clock.ts'
import { MqError, toError } from '../errors.ts'
import type { Hint } from '../ports/hint.ts'
import type { Subscription } from '../ports/subscription.ts'
import { inTime } from './in-time.ts'
import type { PartitionPort } from './partition-port.ts'
import type { Partitions } from './partitions.ts'

export interface HintsOverParts {
  readonly clock: Clock
  readonly partitions: Partitions
  readonly onError: (error: Error) => void
  readonly onWork: (index: number) => void
  readonly onInterruption: (index: number) => void
  readonly onSealed: (index: number) => void
}

/** Somebody who listens. */
interface Ear {
  readonly listener: (hint: Hint) => void
  /** By the places of the partitions. */
  readonly opened: Map<number, Subscription>
  isClosed: boolean
}

/** The subscriptions to the hints of all partitions. */
export class HintsOver {
  readonly #parts: HintsOverParts
  readonly #ears = new Set<Ear>()

  constructor(parts: HintsOverParts) {
    this.#parts = parts
  }

  hears(index: number): boolean {
    for (const { opened } of this.#ears) if (opened.get(index)?.live === true) return true
    return false
  }

  /** To all who listen, of what no partition says. */
  tell(hint: Hint): void {
    for (const { listener } of this.#ears) listener(hint)
  }

  /** The queue has other partitions. */
  moved(added: readonly PartitionPort[], gone: readonly PartitionPort[]): void {
    for (const ear of this.#ears) {
      const closing = gone.map(async ({ index }) => {
        const subscription = ear.opened.get(index)
        ear.opened.delete(index)
        await subscription?.close()
      })
      const opening = added.map((port) => this.#openAt(port, ear))
      void Promise.allSettled(closing)
        .then(() => Promise.allSettled(opening))
        .then((ends) => {
          const failure = ends.find((end) => end.status === 'rejected')
          if (failure !== undefined && !MqError.is(failure.reason, 'closed'))
            this.#parts.onError(toError(failure.reason))
        })
    }
  }

  /** Resolves when the hints of all partitions arrive, or of those that can be reached; the others follow. */
  async listen(listener: (hint: Hint) => void): Promise<Subscription> {
    const { clock, onError, onInterruption, partitions } = this.#parts
    const ear: Ear = { listener, opened: new Map(), isClosed: false }
    const { opened } = ear
    this.#ears.add(ear)
    const openings = partitions.all.map((port) => this.#openAt(port, ear))
    const all = Promise.allSettled(openings)
    const ends = await inTime(clock, all)
    const failure = ends?.find((end) => end.status === 'rejected')
    if (failure !== undefined && opened.size === 0) {
      this.#ears.delete(ear)
      throw failure.reason
    }
    if (ends === undefined) {
      void all.then(() => {
        if (ear.isClosed) return
        partitions.all.forEach(({ index }) => onInterruption(index))
        listener({ kind: 'reconnected' })
      })
    } else if (failure !== undefined && !MqError.is(failure.reason, 'closed')) onError(toError(failure.reason))
    return {
      get live() {
        return [...opened.values()].some(({ live }) => live)
      },
      close: async () => {
        ear.isClosed = true
        this.#ears.delete(ear)
        await Promise.all([...opened.values()].map((subscription) => subscription.close()))
      },
    }
  }

  async #openAt(port: PartitionPort, ear: Ear): Promise<void> {
    const { index } = port
    const subscription = await port.listen((hint) => {
      this.#note(index, hint)
      ear.listener(hint)
    })
    const isGone = this.#parts.partitions.at(index) !== port
    if (ear.isClosed || isGone) return subscription.close()
    ear.opened.set(index, subscription)
  }

  #note(index: number, hint: Hint): void {
    if (hint.kind === 'work') this.#parts.onWork(index)
    else if (hint.kind === 'sealed') this.#parts.onSealed(index)
    else if (hint.kind === 'reconnected') this.#parts.onInterruption(index)
  }
}
