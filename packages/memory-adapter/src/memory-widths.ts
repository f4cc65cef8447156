import { WIDTH_KEPT_MS } from '@mq/core/adapter'
import type { Widths } from '@mq/core/adapter'
import type { StorageClock } from './storage-clock.ts'

interface Width {
  readonly partitions: number
  /** When its queue was obliterated. */
  releasedAt?: number | undefined
}

/** How many partitions queues have: those that have some. */
export class WidthState {
  readonly #clock: StorageClock
  readonly #widths = new Map<string, Width>()

  constructor(clock: StorageClock) {
    this.#clock = clock
  }

  /** 1: none. */
  of(queue: string): number {
    if (this.#widths.size === 0) return 1
    const width = this.#widths.get(queue)
    if (width === undefined) return 1
    const { releasedAt = Number.POSITIVE_INFINITY } = width
    if (this.#clock.now() < releasedAt + WIDTH_KEPT_MS) return width.partitions
    this.#widths.delete(queue)
    return 1
  }

  claim(queue: string, wanted: number, isThere: boolean): number {
    const has = this.of(queue)
    const decided = has > 1 || isThere ? has : wanted
    if (decided === wanted) this.#widths.set(queue, { partitions: wanted })
    return decided
  }

  release(queue: string): void {
    const width = this.#widths.get(queue)
    if (width !== undefined) width.releasedAt = this.#clock.now()
  }
}

export function createMemoryWidths(
  widths: WidthState,
  isThere: (queue: string) => boolean,
  assertOpen: () => void,
): Widths {
  return {
    async claim(queue, wanted) {
      assertOpen()
      return widths.claim(queue, wanted, isThere(queue))
    },
    async of(queue) {
      assertOpen()
      return widths.of(queue)
    },
    async release(queue) {
      assertOpen()
      widths.release(queue)
    },
  }
}
