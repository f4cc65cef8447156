import { decode, encode } from '../wire/codec.ts'
import { checkFunction, checkText } from '../define/check-call.ts'
import { MqError } from '../errors.ts'
import type { Notes } from './notes.ts'

const MAX_MEMO_CHARACTERS = 65_536
const MAX_KEY = 128

export interface MemosParts {
  /** Of the task. */
  readonly lease: string
  /** What earlier runs of this life left. */
  readonly stored: string | undefined
  readonly notes: Notes
}

/**
 * The steps that a task has done, by key: `once` does a step and stores its result, or returns the stored result of an
 * earlier run. It is a memo, not a transaction: if the worker dies after the step and before it is stored, the step is
 * done again.
 */
export class Memos {
  readonly #parts: MemosParts
  /** As stored: `[]` for undefined, else `[value]`. A Map, so that no key has a meaning of its own. */
  readonly #done: Map<string, readonly unknown[]>
  readonly #underWay = new Map<string, Promise<unknown>>()
  /** One at a time, or an older one that is repeated could overwrite a newer. */
  #keeping: Promise<void> = Promise.resolve()

  constructor(parts: MemosParts) {
    this.#parts = parts
    this.#done = new Map(read(parts.stored))
  }

  once<T>(key: string, act: () => T | Promise<T>): Promise<T> {
    checkText('once: key', key, 1, MAX_KEY)
    checkFunction('once: act', act)
    // Checked before the step is done, since it is noted right after it.
    const other = this.#underWay.get(key)
    if (other !== undefined) return other as Promise<T>
    const done = this.#done.get(key)
    if (done !== undefined) return Promise.resolve(done[0] as T)
    const doing = this.#do(key, act).finally(() => this.#underWay.delete(key))
    this.#underWay.set(key, doing)
    return doing
  }

  /** Notes that it was done, without a value. Rejects as `once` does. */
  mark(key: string): Promise<void> {
    this.#done.set(key, [])
    return this.#keep()
  }

  async #do<T>(key: string, act: () => T | Promise<T>): Promise<T> {
    const value = await act()
    // As a later run would get it, so that both get the same value.
    const text = value === undefined ? undefined : encode(value, 'invalid-payload', 'what once() remembers')
    const entry = text === undefined ? [] : [decode(text, 'invalid-payload', 'what once() remembers')]
    this.#done.set(key, entry)
    const all = JSON.stringify([...this.#done])
    if (all.length > MAX_MEMO_CHARACTERS) {
      this.#done.delete(key)
      throw new MqError('payload-too-large', `a task's memos are at most ${MAX_MEMO_CHARACTERS} characters together`)
    }
    try {
      await this.#keep()
    } catch (error) {
      this.#done.delete(key)
      throw error
    }
    return entry[0] as T
  }

  #keep(): Promise<void> {
    const { lease, notes } = this.#parts
    const kept = this.#keeping.then(() => notes.keepMemo(lease, JSON.stringify([...this.#done])))
    // The next step does not fail because this one did.
    this.#keeping = kept.catch(() => undefined)
    return kept
  }
}

/** Whether something is noted under `key`. */
export function hasEntry(stored: string | undefined, key: string): boolean {
  return read(stored).some(([other]) => other === key)
}

/** What is stored, with a note under `key`. */
export function withEntry(stored: string | undefined, key: string): string {
  return JSON.stringify([...new Map([...read(stored), [key, []]])])
}

/** A memo in another form was written by another program: no step counts as done. */
function read(stored: string | undefined): [string, readonly unknown[]][] {
  if (stored === undefined) return []
  try {
    const entries: unknown = decode(stored, 'invalid-payload', 'a memo')
    return Array.isArray(entries) ? entries.filter(isEntry) : []
  } catch {
    return []
  }
}

function isEntry(entry: unknown): entry is [string, readonly unknown[]] {
  return Array.isArray(entry) && typeof entry[0] === 'string' && Array.isArray(entry[1])
}
