import { MARK_KEPT_MS, WIDTH_KEPT_MS } from '@mq/core/adapter'
import type { Mark, Marks, Widths } from '@mq/core/adapter'
import type { StorageClock } from './storage-clock.ts'

interface Width {
  readonly partitions: number
  /** By partition. */
  readonly marks: Map<number, { readonly at: number; readonly until: number }>
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
    const known = this.#widths.get(queue)
    if (known !== undefined && decided === wanted) known.releasedAt = undefined
    else if (decided === wanted) this.#widths.set(queue, { partitions: wanted, marks: new Map() })
    return decided
  }

  release(queue: string, had: number): void {
    const width = this.#widths.get(queue)
    if (width?.partitions !== had) return
    width.releasedAt = this.#clock.now()
    width.marks.clear()
  }

  mark(queue: string, of: number, marks: readonly Mark[]): Marks {
    const partitions = this.of(queue)
    const width = this.#widths.get(queue)
    if (width === undefined || partitions !== of) return { partitions, released: false, marks: [] }
    const now = this.#clock.now()
    for (const { index, forMs } of marks) {
      const until = Math.max(now + forMs, width.marks.get(index)?.until ?? 0)
      width.marks.set(index, { at: now, until })
    }
    const kept = [...width.marks].filter(([, { at, until }]) => Math.max(at, until) > now - MARK_KEPT_MS)
    return {
      partitions,
      released: width.releasedAt !== undefined,
      marks: kept.map(([index, { at, until }]) => ({ index, agoMs: now - at, leftMs: Math.max(0, until - now) })),
    }
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
    async release(queue, had) {
      assertOpen()
      widths.release(queue, had)
    },
    async mark(queue, of, marks) {
      assertOpen()
      return widths.mark(queue, of, marks)
    },
  }
}
