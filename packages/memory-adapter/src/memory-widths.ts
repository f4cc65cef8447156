import { areSameLayouts, firstLayout, isNumberOf, MARK_KEPT_MS, WIDTH_KEPT_MS } from '@mq/core/adapter'
import type { Layout, Mark, Marks, Widths } from '@mq/core/adapter'
import type { StorageClock } from './storage-clock.ts'

interface Width {
  layout: Layout
  /** By partition. */
  readonly marks: Map<number, { readonly at: number; readonly until: number }>
  /** When its queue was obliterated. */
  releasedAt?: number | undefined
}

/** How queues are divided into partitions: those that are. */
export class WidthState {
  readonly #clock: StorageClock
  readonly #widths = new Map<string, Width>()

  constructor(clock: StorageClock) {
    this.#clock = clock
  }

  of(queue: string): Layout | undefined {
    if (this.#widths.size === 0) return undefined
    const width = this.#widths.get(queue)
    if (width === undefined) return undefined
    const { releasedAt = Number.POSITIVE_INFINITY } = width
    if (this.#clock.now() < releasedAt + WIDTH_KEPT_MS) return width.layout
    this.#widths.delete(queue)
    return undefined
  }

  claim(queue: string, wanted: Layout, isThere: boolean): Layout | undefined {
    const has = this.of(queue)
    if (has === undefined && isThere) return undefined
    const known = this.#widths.get(queue)
    if (known === undefined) {
      const layout = wanted.revision > 0 ? wanted : firstLayout(wanted.generations[0].of, this.#now)
      this.#widths.set(queue, { layout, marks: new Map() })
      return layout
    }
    if (isAsWanted(known.layout, wanted)) known.releasedAt = undefined
    return known.layout
  }

  change(queue: string, before: Layout, after: Layout): Layout | undefined {
    const has = this.of(queue)
    const width = this.#widths.get(queue)
    if (has === undefined || width?.releasedAt !== undefined || !areSameLayouts(has, before)) return has
    width!.layout = after
    return after
  }

  /** s since 1970. */
  get #now(): number {
    return Math.floor(this.#clock.epochMs(this.#clock.now()) / 1_000)
  }

  release(queue: string, had: Layout): void {
    const width = this.#widths.get(queue)
    if (width === undefined || !areSameLayouts(width.layout, had)) return
    width.releasedAt = this.#clock.now()
    width.marks.clear()
  }

  mark(queue: string, of: Layout, marks: readonly Mark[]): Marks {
    const layout = this.of(queue)
    const width = this.#widths.get(queue)
    if (layout === undefined || width === undefined || !areSameLayouts(layout, of)) {
      return { layout, released: false, marks: [] }
    }
    const now = this.#clock.now()
    for (const { index, forMs } of marks) {
      const until = Math.max(now + forMs, width.marks.get(index)?.until ?? 0)
      width.marks.set(index, { at: now, until })
    }
    const kept = [...width.marks].filter(([, { at, until }]) => Math.max(at, until) > now - MARK_KEPT_MS)
    return {
      layout,
      released: width.releasedAt !== undefined,
      marks: kept.map(([index, { at, until }]) => ({ index, agoMs: now - at, leftMs: Math.max(0, until - now) })),
    }
  }
}

/** A definition says only how many, now or before. */
function isAsWanted(has: Layout, wanted: Layout): boolean {
  return wanted.revision === 0 ? isNumberOf(has, wanted.generations[0].of) : areSameLayouts(has, wanted)
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
    async change(queue, before, after) {
      assertOpen()
      return widths.change(queue, before, after)
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
