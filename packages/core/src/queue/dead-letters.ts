import { repeatUntilKnown } from '../calls/repeat.ts'
import type { Services } from '../calls/services.ts'
import { checkBoolean, checkInteger, checkNumber, checkOptions } from '../define/check.ts'
import type { QueueDefinition } from '../define/define-queue.ts'
import { MAX_BATCH, MAX_BATCH_BYTES } from '../define/limits.ts'
import type { DeadTask, QueueAdmin, Redrive } from '../ports/queue-admin.ts'
import { toDeadLetter } from './dead-letter.ts'
import type { DeadLetter } from './dead-letter.ts'
import { refOf } from './header.ts'
import { preparePayload } from './prepare-task.ts'

/** What is kept of the tasks that were given up: the last 10,000, at most 14 days. */
export interface DeadLetters<In = unknown> {
  /** Newest first, `limit` at the most (default 100, at most 10,000). */
  list(filter?: DeadFilter & { readonly limit?: number | undefined }): Promise<DeadLetter[]>
  /** They start a new life: attempts and crashes from 0, at the end of their priority. */
  redrive(which: DeadSelection, options?: RedriveOptions<In>): Promise<DeadReport>
  /** They are deleted. */
  discard(which: DeadSelection, options?: DeadOptions): Promise<DeadReport>
}

/** Letters that fit all that is given. */
export interface DeadFilter {
  /** Exactly this reason. */
  readonly reason?: string | undefined
  /** A part of the error's name, code or message. */
  readonly error?: string | undefined
  /** Died then or later, ms since 1970 by the storage's clock. */
  readonly diedFrom?: number | undefined
  /** Died then or before. */
  readonly diedTo?: number | undefined
}

/** An empty filter is no selection: whoever means all of them says so. */
export type DeadSelection = 'all' | { readonly ids: readonly string[] } | DeadFilter

export interface DeadOptions {
  /** Only say what would be done. */
  readonly dryRun?: boolean | undefined
  /** Stops between two batches of up to 1,000. */
  readonly signal?: AbortSignal | undefined
}

export interface RedriveOptions<In> extends DeadOptions {
  /** A new payload instead of the one that it died with. Checked as by `enqueue`; a throw stops before anything is done. */
  readonly edit?: ((letter: DeadLetter) => In | Promise<In>) | undefined
  /** Paced: so many of them become due in a second, the oldest first. Default: all at once. */
  readonly perSecond?: number | undefined
}

export interface DeadReport {
  /** What was selected, newest first; of a dry run, too. */
  readonly ids: readonly string[]
  /** How many were redriven or deleted. */
  readonly changed: number
  /** Of which nothing was done: gone meanwhile, or their own id stands for another task by now. */
  readonly refused: readonly string[]
}

export interface DeadLettersParts<In> {
  readonly definition: QueueDefinition<In, any, any, any>
  readonly admin: QueueAdmin
  readonly services: Services
  readonly assertOpen: () => void
}

interface Selected {
  readonly n: string
  readonly letter: DeadLetter
}

const FILTERS: readonly (keyof DeadFilter)[] = ['reason', 'error', 'diedFrom', 'diedTo']
const MOST_KEPT = 10_000

/** Selection is policy, so it is done here: a storage only gives pages, and takes numbers. */
export function createDeadLetters<In>(parts: DeadLettersParts<In>): DeadLetters<In> {
  const { definition, admin, services, assertOpen } = parts
  const { operationTimeoutMs: timeoutMs } = services

  const repeat = <T>(call: () => Promise<T>): Promise<T> => repeatUntilKnown(services, call, { timeoutMs })

  async function* pages(filter: DeadFilter, limit: number): AsyncGenerator<Selected[]> {
    const { diedFrom, diedTo } = filter
    const isByContent = filter.reason !== undefined || filter.error !== undefined
    let after: DeadTask | undefined
    for (let left = limit; left > 0;) {
      const most = isByContent ? MAX_BATCH : Math.min(left, MAX_BATCH)
      const query = { state: 'dead', diedFrom, diedTo, after, limit: most } as const
      const page = await repeat(() => admin.list(query))
      if (page.length === 0) return
      after = page.at(-1)
      const fitting = page.map(toSelected).filter(({ letter }) => fits(letter, filter))
      yield fitting.slice(0, left)
      left -= fitting.length
    }
  }

  async function collect(filter: DeadFilter, limit: number, signal?: AbortSignal): Promise<Selected[]> {
    const found = new Map<string, Selected>()
    for await (const page of pages(filter, limit)) {
      signal?.throwIfAborted()
      for (const selected of page) found.set(selected.n, selected)
    }
    return [...found.values()]
  }

  async function select(which: DeadSelection, signal?: AbortSignal): Promise<Selected[]> {
    if (which === 'all') return collect({}, MOST_KEPT, signal)
    if (!('ids' in which)) {
      checkFilter(which)
      if (FILTERS.every((filter) => which[filter] === undefined)) {
        throw new TypeError("a selection of dead letters needs ids or a filter; for all of them, say 'all'")
      }
      return collect(which, MOST_KEPT, signal)
    }
    const numbers = await numbersOf(which.ids)
    const found: Selected[] = []
    for (let from = 0; from < numbers.length;) {
      signal?.throwIfAborted()
      const only = numbers.slice(from, from + MAX_BATCH)
      const page = await repeat(() => admin.list({ state: 'dead', only, limit: only.length }))
      found.push(...page.map(toSelected))
      // A page may be cut where letters are large: on from the last that came.
      from = page.length === 0 ? from + only.length : from + only.indexOf(page.at(-1)!.n) + 1
    }
    return found.sort((one, other) => other.letter.diedAt - one.letter.diedAt)
  }

  async function numbersOf(ids: readonly string[]): Promise<string[]> {
    if (!Array.isArray(ids)) throw new TypeError('ids must be a list of task ids')
    const refs = ids.map((id) => refOf(id))
    const numbers = new Set<string>()
    for (let from = 0; from < refs.length; from += MAX_BATCH) {
      const batch = refs.slice(from, from + MAX_BATCH)
      for (const reading of await repeat(() => admin.read(batch))) {
        if (reading.state === 'ended' && reading.outcome.state === 'dead') numbers.add(reading.n)
      }
    }
    return [...numbers]
  }

  async function inBatches<T>(
    items: readonly T[],
    { signal, sizeOf }: { readonly signal: AbortSignal | undefined; readonly sizeOf: (item: T) => number },
    act: (batch: readonly T[]) => Promise<void>,
  ): Promise<void> {
    for (let from = 0; from < items.length;) {
      signal?.throwIfAborted()
      let to = from
      for (let bytes = 0; to < items.length && to - from < MAX_BATCH; to++) {
        bytes += sizeOf(items[to]!)
        if (to > from && bytes > MAX_BATCH_BYTES) break
      }
      await act(items.slice(from, to))
      from = to
    }
  }

  return {
    async list({ limit = 100, ...filter } = {}) {
      assertOpen()
      checkFilter(filter)
      checkInteger('limit', limit, 1, MOST_KEPT)
      return (await collect(filter, limit)).map(({ letter }) => letter)
    },

    async redrive(which, options = {}) {
      assertOpen()
      checkOptions('redrive', options, ['dryRun', 'signal', 'edit', 'perSecond'])
      const { edit, signal, perSecond } = options
      const dryRun = checkBoolean('dryRun', options.dryRun ?? false)
      if (perSecond !== undefined) checkNumber('perSecond', perSecond, 0.001, 1_000_000)
      const selected = await select(which, signal)
      const oldestFirst = selected.toReversed()
      const tasks: Redrive[] = []
      for (const [i, { n, letter }] of oldestFirst.entries()) {
        const payload = edit === undefined ? undefined : await preparePayload(definition, await edit(letter))
        tasks.push({ n, payload, delayMs: perSecond === undefined ? 0 : Math.floor((i * 1_000) / perSecond) })
      }
      const ids = selected.map(({ letter }) => letter.id)
      if (dryRun) return { ids, changed: 0, refused: [] }
      const idOf = new Map(selected.map(({ n, letter }) => [n, letter.id]))
      const refused: string[] = []
      let changed = 0
      const sizeOf = ({ payload }: Redrive): number => payload?.length ?? 0
      await inBatches(tasks, { signal, sizeOf }, async (batch) => {
        const reply = await repeat(() => admin.apply({ kind: 'redrive', tasks: batch }))
        changed += reply.changed
        for (const index of reply.refused ?? []) refused.push(idOf.get(batch[index]!.n)!)
      })
      return { ids, changed, refused }
    },

    async discard(which, options = {}) {
      assertOpen()
      checkOptions('discard', options, ['dryRun', 'signal'])
      const dryRun = checkBoolean('dryRun', options.dryRun ?? false)
      const { signal } = options
      const selected = await select(which, signal)
      const ids = selected.map(({ letter }) => letter.id)
      let changed = 0
      if (!dryRun) {
        const numbers = selected.map(({ n }) => n)
        await inBatches(numbers, { signal, sizeOf: () => 0 }, async (tasks) => {
          changed += (await repeat(() => admin.apply({ kind: 'discard', tasks }))).changed
        })
      }
      return { ids, changed, refused: [] }
    },
  }
}

function toSelected(dead: DeadTask): Selected {
  return { n: dead.n, letter: toDeadLetter(dead) }
}

function checkFilter(filter: DeadFilter): void {
  checkOptions('a filter of dead letters', filter, FILTERS)
  for (const text of ['reason', 'error'] as const) {
    if (filter[text] !== undefined && typeof filter[text] !== 'string') throw new TypeError(`${text} must be a text`)
  }
  for (const time of ['diedFrom', 'diedTo'] as const) {
    if (filter[time] !== undefined) checkInteger(time, filter[time], 0, Number.MAX_SAFE_INTEGER)
  }
}

function fits({ reason, error }: DeadLetter, filter: DeadFilter): boolean {
  if (filter.reason !== undefined && reason !== filter.reason) return false
  const { error: part } = filter
  return part === undefined || [error?.name, error?.code, error?.message].some((text) => text?.includes(part))
}
