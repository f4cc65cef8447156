import { checkList, checkOptions, invalidOption, readable, show } from '../define/check-call.ts'
import { MAX_BATCH } from '../ports/limits.ts'
import type { CommandReply, DeadCommand, DeadTask, ListQuery, QueueAdmin } from '../ports/queue-admin.ts'
import { toDeadLetter } from './dead-letter.ts'
import type { DeadLetter } from './dead-letter.ts'
import { checkFilter, FILTERS, fits } from './dead-filter.ts'
import type { DeadFilter } from './dead-filter.ts'
import { scanDead, toSelected } from './scan-dead.ts'
import type { Selected, Selection } from './scan-dead.ts'
import { refOf } from '../wire/header.ts'

/** An empty filter selects nothing; to select all letters, pass `'all'`. */
export type DeadSelection = 'all' | { readonly ids: readonly string[] } | DeadFilter

/** A source of letters: a queue, or a group of a channel. */
export interface DeadStore extends Pick<QueueAdmin, 'list' | 'read'> {
  apply(command: DeadCommand): Promise<CommandReply>
}

export interface PageOfDead {
  readonly limit: number
  /** As they are stored. */
  readonly maxBytes: number
  readonly after?: Pick<DeadLetter, 'id' | 'diedAt'> | undefined
}

export interface DeadSelector {
  /** With their payloads. */
  list(filter: DeadFilter, page: PageOfDead): Promise<DeadLetter[]>
  select(which: DeadSelection, signal?: AbortSignal): Promise<Selection>
  /** Those of these letters that still exist, with their payloads, in no order. At most 1,000. */
  load(selected: readonly Selected[]): Promise<Map<string, DeadLetter>>
}

/**
 * Finds dead letters, newest first, page by page, with payloads only where they are needed. Selection is policy, so it
 * is done here: a storage only returns pages, and takes numbers.
 */
export function createDeadSelector(admin: DeadStore, repeat: <T>(call: () => Promise<T>) => Promise<T>): DeadSelector {
  async function* pages(
    filter: DeadFilter,
    limit: number,
    payloads: boolean,
    from?: ListQuery['after'],
  ): AsyncGenerator<DeadTask[]> {
    const { diedFrom, diedTo } = filter
    const isByContent = filter.reason !== undefined || filter.error !== undefined
    let after = from
    for (let left = limit; left > 0;) {
      const most = isByContent ? MAX_BATCH : Math.min(left, MAX_BATCH)
      const query = { state: 'dead', diedFrom, diedTo, after, limit: most, payloads } as const
      const page = await repeat(() => admin.list(query))
      if (page.length === 0) return
      after = page.at(-1)
      const fitting = page.filter((dead) => fits(dead, filter))
      yield fitting.slice(0, left)
      left -= fitting.length
    }
  }

  async function list(filter: DeadFilter, { limit, maxBytes, after }: PageOfDead): Promise<DeadLetter[]> {
    const found = new Map<string, DeadLetter>()
    let bytes = 0
    for await (const page of pages(filter, limit, true, after && (await placeOf(after)))) {
      for (const dead of page) {
        found.set(dead.n, toDeadLetter(dead))
        bytes += dead.bytes
        if (bytes > maxBytes) return [...found.values()]
      }
    }
    return [...found.values()]
  }

  /** One that is not kept any more has no number: then the whole of its millisecond follows. */
  async function placeOf({ id, diedAt }: Pick<DeadLetter, 'id' | 'diedAt'>): Promise<ListQuery['after']> {
    const [n = ''] = await numbersOf([id])
    return { n, diedAt }
  }

  /** The letters that still exist, in the order of the numbers. */
  async function* chosen(
    numbers: readonly string[],
    payloads: boolean,
    signal: AbortSignal | undefined,
  ): AsyncGenerator<readonly DeadTask[]> {
    for (let from = 0; from < numbers.length;) {
      signal?.throwIfAborted()
      const only = numbers.slice(from, from + MAX_BATCH)
      const page = await repeat(() => admin.list({ state: 'dead', only, limit: only.length, payloads }))
      yield page
      // A page may be shorter when letters are large: continue from its last letter.
      from = page.length === 0 ? from + only.length : from + only.indexOf(page.at(-1)!.n) + 1
    }
  }

  async function load(selected: readonly Selected[]): Promise<Map<string, DeadLetter>> {
    const found = new Map<string, DeadLetter>()
    const numbers = selected.map(({ n }) => n)
    for await (const page of chosen(numbers, true, undefined)) {
      for (const dead of page) found.set(dead.n, toDeadLetter(dead))
    }
    return found
  }

  async function select(which: DeadSelection, signal?: AbortSignal): Promise<Selection> {
    if (which === 'all') return scanDead(admin, repeat, {}, signal)
    if (typeof which !== 'object' || which === null) {
      throw invalidOption('which', `a selection of dead letters is 'all', ids or a filter, not ${show(which)}`, which)
    }
    const byIds = readable('which', which, () => typeof which === 'object' && 'ids' in which)
    if (!byIds) {
      const filter = checkFilter(which as DeadFilter)
      if (FILTERS.every((name) => filter[name] === undefined)) {
        throw invalidOption(
          'which',
          "a selection of dead letters needs ids or a filter; for all of them, say 'all'",
          which,
        )
      }
      return scanDead(admin, repeat, filter, signal)
    }
    // Other fields would be ignored, and more letters would be affected than intended.
    const given = checkOptions('a selection of dead letters by ids', which as { readonly ids: readonly string[] }, [
      'ids',
    ])
    const numbers = await numbersOf(given.ids)
    const found: Selected[] = []
    for await (const page of chosen(numbers, false, signal)) found.push(...page.map(toSelected))
    found.sort((one, other) => other.diedAt - one.diedAt)
    return {
      count: found.length,
      ids: found.map(({ id }) => id),
      async *oldestFirst() {
        yield found.toReversed()
      },
    }
  }

  async function numbersOf(ids: readonly string[]): Promise<string[]> {
    const refs = checkList('ids', ids).map((id) => refOf(id))
    const numbers = new Set<string>()
    for (let from = 0; from < refs.length; from += MAX_BATCH) {
      const batch = refs.slice(from, from + MAX_BATCH)
      for (const reading of await repeat(() => admin.read(batch))) {
        if (reading.state === 'ended' && reading.outcome.state === 'dead') numbers.add(reading.n)
      }
    }
    return [...numbers]
  }

  return { list, select, load }
}
