import { repeatUntilKnown } from '../storage-calls/repeat.ts'
import { MqError } from '../errors.ts'
import type { Services } from '../services/services.ts'
import {
  checkBoolean,
  checkFunction,
  checkInteger,
  checkNumber,
  checkOptions,
  checkSignal,
  invalidOption,
} from '../define/check-call.ts'
import { MAX_BATCH, MAX_BATCH_BYTES } from '../ports/limits.ts'
import type { Redrive } from '../ports/queue-admin.ts'
import type { DeadLetter } from './dead-letter.ts'
import { checkFilter, FILTERS } from './dead-filter.ts'
import type { DeadFilter } from './dead-filter.ts'
import { createDeadSelector } from './select-dead.ts'
import { MOST_NAMED } from './scan-dead.ts'
import type { Selected, Selection } from './scan-dead.ts'
import type { DeadSelection, DeadStore } from './select-dead.ts'

const MOST_LISTED = 10_000
/** Characters of payloads that an edit makes. */
const MOST_EDITED = 64 << 20

/** The buried tasks that are kept, as `keep.dead` of the definition says: by default 14 days and 1 GiB. */
export interface DeadLetters<In = unknown> {
  /** Newest first; by the page with `limit`, `maxBytes` and `after`. */
  list(filter?: DeadFilter & DeadPage): Promise<DeadLetter[]>
  /**
   * Runs the selected letters again, each as a new life: attempts and crashes count from 0, at the end of their
   * priority.
   */
  redrive(which: DeadSelection, options?: RedriveOptions<In>): Promise<DeadReport>
  /** Deletes the selected letters. */
  discard(which: DeadSelection, options?: DeadOptions): Promise<DeadReport>
}

export interface DeadPage {
  /** The most to return, 1–10,000. Default 100. */
  readonly limit?: number | undefined
  /** Ends the page with the letter that makes it larger, in bytes as they are stored. Default: no bound. */
  readonly maxBytes?: number | undefined
  /**
   * The last letter of the page before. If it is not kept any more, some of its millisecond may be listed twice; none
   * is left out.
   */
  readonly after?: Pick<DeadLetter, 'id' | 'diedAt'> | undefined
}

export interface DeadOptions {
  /** Only report what would be done. */
  readonly dryRun?: boolean | undefined
  /** Stops the call between two batches of up to 1,000. */
  readonly signal?: AbortSignal | undefined
}

export interface PacedOptions extends DeadOptions {
  /** Paced: how many of them become due in a second, the oldest first. Default: all at once. */
  readonly perSecond?: number | undefined
}

export interface RedriveOptions<In> extends PacedOptions {
  /**
   * A new payload instead of the one that it died with. Checked as by `enqueue`; a throw stops before anything is done.
   * So all of them are kept until the last one is made: more than 64 MiB are refused as `batch-too-large`.
   */
  readonly edit?: ((letter: DeadLetter) => In | Promise<In>) | undefined
}

export interface DeadReport {
  /** How many letters were selected; also of a dry run. */
  readonly selected: number
  /** Of the selected letters, newest first: of more than 10,000 that a filter or `'all'` selects, the newest 10,000. */
  readonly ids: readonly string[]
  /** How many were redriven or deleted. */
  readonly changed: number
  /**
   * Letters for which nothing was done: they were removed meanwhile, or their own id belongs to another task by now.
   * The first 10,000.
   */
  readonly refused: readonly string[]
}

export interface DeadLettersParts<In> {
  readonly admin: DeadStore
  /** Encodes what `edit` returns. Without it `edit` is not available. */
  readonly prepare?: ((payload: In) => Promise<string> | string) | undefined
  readonly services: Services
  readonly assertOpen: () => void
}

export function createDeadLetters<In>(parts: DeadLettersParts<In>): DeadLetters<In> {
  const { admin, prepare, services, assertOpen } = parts
  const { operationTimeoutMs: timeoutMs } = services

  const repeat = <T>(call: (tries: number) => Promise<T>): Promise<T> => repeatUntilKnown(services, call, { timeoutMs })
  const { list, select, load } = createDeadSelector(admin, repeat)

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

  /** Edits all payloads before anything is done, so that a throw of `edit` stops the call. By number. */
  async function editAll(
    selection: Selection,
    edit: (letter: DeadLetter) => In | Promise<In>,
    signal: AbortSignal | undefined,
  ): Promise<Map<string, string>> {
    const edited = new Map<string, string>()
    let characters = 0
    for await (const selected of selection.oldestFirst()) {
      await inBatches(selected, { signal, sizeOf: ({ size }) => size }, async (batch) => {
        const letters = await load(batch)
        for (const { n } of batch) {
          const letter = letters.get(n)
          const payload = letter && (await prepare?.(await edit(letter)))
          if (payload === undefined) continue
          edited.set(n, payload)
          characters += payload.length
          if (characters <= MOST_EDITED) continue
          throw new MqError('batch-too-large', 'more than 64 MiB of new payloads: redrive fewer letters at a time')
        }
      })
    }
    return edited
  }

  /**
   * Returns the tasks that were not redriven. After a repetition, refused ones are read again: the first try, whose
   * reply was lost, may have redriven them.
   */
  async function redriveBatch(batch: readonly Redrive[]): Promise<Redrive[]> {
    let repeated = false
    const { refused = [] } = await repeat((tries) => {
      repeated = tries > 0
      return admin.apply({ kind: 'redrive', tasks: batch })
    })
    const left = refused.map((index) => batch[index]!)
    if (!repeated || left.length === 0) return left
    const readings = await repeat(() => admin.read(left.map(({ n }) => ({ n }))))
    return left.filter(({ diedAt }, i) => {
      const reading = readings[i]!
      return reading.state === 'unknown' || (reading.state === 'ended' && reading.outcome.endedAt === diedAt)
    })
  }

  return {
    async list(options = {}) {
      assertOpen()
      const checked = checkOptions('a filter of dead letters', options, [...FILTERS, 'limit', 'maxBytes', 'after'])
      const { limit = 100, maxBytes = Number.MAX_SAFE_INTEGER, after, ...filter } = checked
      checkFilter(filter)
      checkInteger('limit', limit, 1, MOST_LISTED)
      checkInteger('maxBytes', maxBytes, 1, Number.MAX_SAFE_INTEGER)
      if (after !== undefined) {
        if (typeof after !== 'object' || after === null) throw invalidOption('after', 'after is a dead letter', after)
        checkInteger('after.diedAt', after.diedAt, 0, Number.MAX_SAFE_INTEGER)
      }
      return list(filter, { limit, maxBytes, after })
    },

    async redrive(which, options = {}) {
      assertOpen()
      options = checkOptions('redrive', options, ['dryRun', 'signal', 'perSecond', ...(prepare ? ['edit'] : [])])
      const { edit, signal, perSecond } = options
      const dryRun = checkBoolean('dryRun', options.dryRun ?? false)
      if (perSecond !== undefined) checkNumber('perSecond', perSecond, 0.001, 1_000_000)
      if (edit !== undefined) checkFunction('edit', edit)
      checkSignal('signal', signal)
      const selection = await select(which, signal)
      const edited = edit === undefined ? undefined : await editAll(selection, edit, signal)
      const { count: selected, ids } = selection
      const refused: string[] = []
      let changed = 0
      if (dryRun) return { selected, ids, changed, refused }
      const unseen = new Set(ids)
      // The storage moves the letter that was buried, whatever payload replaces its own.
      const sizeOf = ({ n, size }: Selected): number => size + (edited?.get(n)?.length ?? 0)
      let place = 0
      for await (const page of selection.oldestFirst()) {
        await inBatches(page, { signal, sizeOf }, async (batch) => {
          const first = place
          place += batch.length
          const tasks = batch.map(({ n, diedAt }, i) => {
            const delayMs = perSecond === undefined ? 0 : Math.floor(((first + i) * 1_000) / perSecond)
            return { n, diedAt, payload: edited?.get(n), delayMs }
          })
          // A letter that was removed before it could be edited is not run with its old payload.
          const left = await redriveBatch(edited ? tasks.filter(({ n }) => edited.has(n)) : tasks)
          const isLeft = new Set(left.map(({ n }) => n))
          const notDone = batch.filter(({ n }) => isLeft.has(n) || (edited && !edited.has(n)))
          changed += batch.length - notDone.length
          refused.push(...notDone.slice(0, MOST_NAMED - refused.length).map(({ id }) => id))
          for (const { id } of batch) unseen.delete(id)
        })
      }
      refused.push(...[...unseen].slice(0, MOST_NAMED - refused.length))
      return { selected, ids, changed, refused }
    },

    async discard(which, options = {}) {
      assertOpen()
      options = checkOptions('discard', options, ['dryRun', 'signal'])
      const dryRun = checkBoolean('dryRun', options.dryRun ?? false)
      const signal = checkSignal('signal', options.signal)
      const selection = await select(which, signal)
      const { count: selected, ids } = selection
      let changed = 0
      if (dryRun) return { selected, ids, changed, refused: [] }
      for await (const page of selection.oldestFirst()) {
        const numbers = page.map(({ n }) => n)
        await inBatches(numbers, { signal, sizeOf: () => 0 }, async (tasks) => {
          let repeated = false
          const reply = await repeat((tries) => {
            repeated = tries > 0
            return admin.apply({ kind: 'discard', tasks })
          })
          changed += repeated ? tasks.length : reply.changed
        })
      }
      return { selected, ids, changed, refused: [] }
    },
  }
}
