import { MAX_BATCH } from '../ports/limits.ts'
import type { DeadTask, ListQuery, QueueAdmin } from '../ports/queue-admin.ts'
import { idOfDead } from './dead-letter.ts'
import { fits } from './dead-filter.ts'
import type { DeadFilter } from './dead-filter.ts'

/** What is kept of a letter while something is done to it and others. */
export interface Selected {
  readonly n: string
  readonly id: string
  readonly diedAt: number
  /** Bytes, as it is stored. */
  readonly size: number
}

/** Letters that are meant, however many: only the places of their pages are kept, one for each thousand letters. */
export interface Selection {
  readonly count: number
  /** Of the newest of them. */
  readonly ids: readonly string[]
  /** Those that still exist, the oldest first, some at a time. None that died since they were selected. */
  oldestFirst(): AsyncIterable<readonly Selected[]>
}

type Place = NonNullable<ListQuery['after']>

/** A page with letters that are meant: behind `after`, up to `last`. */
interface Page {
  readonly after: Place | undefined
  readonly last: Place
}

/** The most ids that a report names. */
export const MOST_NAMED = 10_000

/** Looks at all letters once, and remembers on which pages there are some that fit. */
export async function scanDead(
  admin: Pick<QueueAdmin, 'list'>,
  repeat: <T>(call: () => Promise<T>) => Promise<T>,
  filter: DeadFilter,
  signal: AbortSignal | undefined,
): Promise<Selection> {
  const { diedFrom } = filter
  let { diedTo } = filter
  const read = async (after: Place | undefined): Promise<readonly DeadTask[]> => {
    signal?.throwIfAborted()
    return repeat(() => admin.list({ state: 'dead', diedFrom, diedTo, after, limit: MAX_BATCH, payloads: false }))
  }
  const pages: Page[] = []
  const ids: string[] = []
  let count = 0
  /** Where the last letter of a page is removed, its millisecond is listed once more. */
  let listed = new Set<string>()
  for (let after: Place | undefined; ;) {
    const page = await read(after)
    if (page.length === 0) break
    // What dies from now on is newer: also what was redriven and died again.
    if (after === undefined) diedTo = Math.min(diedTo ?? Number.POSITIVE_INFINITY, page[0]!.diedAt)
    const { n, diedAt } = page.at(-1)!
    const fitting = page.filter((dead) => fits(dead, filter) && !listed.has(dead.n))
    listed = new Set(page.filter((dead) => dead.diedAt === diedAt).map((dead) => dead.n))
    if (fitting.length > 0) pages.push({ after, last: { n, diedAt } })
    count += fitting.length
    ids.push(...fitting.slice(0, MOST_NAMED - ids.length).map(idOfDead))
    after = { n, diedAt }
  }

  /** What is left of a page. Others may remove letters meanwhile, and then older ones would follow in their place. */
  async function restOf({ after, last }: Page): Promise<Selected[]> {
    const found = new Map<string, Selected>()
    const all = (): Selected[] => [...found.values()]
    for (let place = after; ;) {
      const page = await read(place)
      for (const dead of page) {
        if (dead.diedAt < last.diedAt) return all()
        if (fits(dead, filter)) found.set(dead.n, toSelected(dead))
        if (dead.n === last.n) return all()
      }
      if (page.length === 0) return all()
      place = page.at(-1)
    }
  }

  return {
    count,
    ids,
    async *oldestFirst() {
      for (const page of pages.toReversed()) yield (await restOf(page)).toReversed()
    },
  }
}

export function toSelected(dead: DeadTask): Selected {
  const { n, diedAt, bytes: size } = dead
  return { n, id: idOfDead(dead), diedAt, size }
}
