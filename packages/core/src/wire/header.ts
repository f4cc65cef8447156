import { MqError } from '../errors.ts'
import type { MqErrorCode } from '../errors.ts'
import { tryReading } from '../values/try-reading.ts'
import { checkBoolean, checkInteger, checkOptions, checkText, invalidOption, show } from '../define/check-call.ts'
import { checkTaskBackoff, MAX_ATTEMPTS } from '../define/backoff.ts'
import type { Backoff } from '../define/backoff.ts'
import { MAX_DELAY_MS, MAX_KEY, MAX_WEIGHT } from '../ports/limits.ts'
import { decode, encode } from './codec.ts'
import type { TaskRef } from '../ports/queue-admin.ts'

/** What is kept of one task, in place of what its queue keeps. */
interface TaskKeep {
  readonly results: boolean
}

/** The header that is stored with a payload. Most tasks have none, at no cost: their header is the empty string. */
export interface TaskHeader {
  readonly id?: string
  /** That it was enqueued with. */
  readonly delayMs?: number
  readonly timeoutMs?: number
  readonly expiresInMs?: number
  readonly attempts?: number
  readonly backoff?: Backoff
  readonly keep?: TaskKeep
  readonly key?: string
  readonly weight?: number
  readonly headers?: Readonly<Record<string, string>>
}

/** The options of a task that travel in its header, as a caller gave them: not checked yet. */
export type HeaderOptions = { readonly [Field in keyof TaskHeader]?: TaskHeader[Field] | undefined }

const EMPTY: TaskHeader = Object.freeze({})
const MAX_HEADER_CHARACTERS = 8_192

/** Storages give tasks without an own id names like `n…`; a caller's id of that form could be mistaken for one. */
const STORAGE_ID = /^n\d{15,}$/
const OWN_ID = /^[A-Za-z0-9._:-]{1,128}$/

function checkOwnId(id: unknown): string {
  if (typeof id !== 'string' || !OWN_ID.test(id)) {
    throw new MqError('invalid-id', 'an id must be 1–128 characters of A–Z a–z 0–9 . _ : -')
  }
  if (STORAGE_ID.test(id))
    throw new MqError('invalid-id', `ids like ${id} (n and 15 or more digits) are reserved for the storage`)
  return id
}

/** The number inside an id that the storage gave, if it is one. */
function numberOf(id: string): string | undefined {
  return STORAGE_ID.test(id) ? id.slice(1) : undefined
}

/** The reference by which a storage finds the task of an id. Throws `invalid-id`. */
export function refOf(id: string): TaskRef {
  const n = numberOf(id)
  return n === undefined ? { id: checkOwnId(id) } : { n }
}

export function idOf(n: string, header: TaskHeader): string {
  return header.id ?? `n${n}`
}

/** One line of JSON, or nothing. Throws `invalid-options` with the option at fault, or `invalid-id`. */
export function encodeHeader(options: HeaderOptions): string {
  const { id, delayMs = 0, timeoutMs, expiresInMs, attempts, backoff, keep, key, weight, headers } = options
  const isTimed = delayMs !== 0 || timeoutMs !== undefined || expiresInMs !== undefined
  const isPlain = !isTimed && key === undefined && weight === undefined
  // No character of an id means something in JSON.
  if (isPlain && headers === undefined && attempts === undefined && backoff === undefined && keep === undefined)
    return id === undefined ? '' : `{"id":"${checkOwnId(id)}"}`
  const header: TaskHeader = {
    ...(id === undefined ? undefined : { id: checkOwnId(id) }),
    ...(delayMs === 0 ? undefined : { delayMs }),
    ...(timeoutMs === undefined ? undefined : { timeoutMs: checkInteger('timeoutMs', timeoutMs, 1, MAX_DELAY_MS) }),
    ...(expiresInMs === undefined
      ? undefined
      : { expiresInMs: checkInteger('expiresInMs', expiresInMs, 1, Number.MAX_SAFE_INTEGER) }),
    ...(attempts === undefined ? undefined : { attempts: checkInteger('attempts', attempts, 1, MAX_ATTEMPTS) }),
    ...(backoff === undefined ? undefined : { backoff: checkTaskBackoff(backoff) }),
    ...(keep === undefined ? undefined : { keep: checkKeep(keep) }),
    ...(key === undefined ? undefined : { key: checkKey(key) }),
    ...(weight === undefined ? undefined : { weight: checkWeight(weight, key) }),
    ...(headers === undefined ? undefined : { headers: checkHeaders(headers) }),
  }
  const text = encode(header, 'invalid-payload', 'the headers')
  if (text.length > MAX_HEADER_CHARACTERS)
    throw invalidOption('headers', 'headers must be at most 8 KiB together', headers)
  return text
}

/** It is compared as it is stored: half a character would come back as another. */
function checkKey(key: string): string {
  checkText('key', key, 1, MAX_KEY)
  if (/[\uD800-\uDFFF]/u.test(key)) throw invalidOption('key', 'key has half of a surrogate pair', key)
  return key
}

function checkWeight(weight: number, key: string | undefined): number {
  if (key === undefined) throw invalidOption('weight', 'weight needs a key: it is the share of a key', weight)
  return checkInteger('weight', weight, 1, MAX_WEIGHT)
}

function checkKeep(keep: TaskKeep): TaskKeep {
  const { results } = checkOptions('keep', keep, ['results'])
  return { results: checkBoolean('keep.results', results) }
}

/** Returns a copy, read once: an object with getters, or a Proxy, may return something else the next time. */
export function checkHeaders(headers: Readonly<Record<string, string>>): Readonly<Record<string, string>> {
  const entries = entriesOf(headers)
  for (const [name, value] of entries) {
    if (typeof value !== 'string')
      throw invalidOption('headers', `headers.${name} must be a string, not ${show(value)}`, value)
  }
  return Object.fromEntries(entries)
}

function entriesOf(headers: Readonly<Record<string, string>>): readonly (readonly [string, string])[] {
  // A Promise or a Map has no own entries, and would silently be taken as no headers.
  const entries = tryReading(() => (isPlain(headers) ? Object.entries(headers) : undefined))
  if (entries === undefined)
    throw invalidOption('headers', `headers must be an object of strings, not ${show(headers)}`, headers)
  return entries
}

function isPlain(value: unknown): boolean {
  if (typeof value !== 'object' || value === null) return false
  const prototype: unknown = Object.getPrototypeOf(value)
  return prototype === null || Object.getPrototypeOf(prototype) === null
}

/** Throws when `text` is not a header: another program wrote to the queue. */
export function decodeHeader(text: string, code: MqErrorCode = 'invalid-payload'): TaskHeader {
  if (text === '') return EMPTY
  const header = decode(text, code, 'the header')
  if (typeof header !== 'object' || header === null || !isHeader(header)) {
    throw new MqError(code, 'the header of the task has fields of a wrong type')
  }
  return header
}

function isHeader(header: Partial<Record<keyof TaskHeader, unknown>>): header is TaskHeader {
  const { id, delayMs, timeoutMs, expiresInMs, attempts, backoff, keep, key, weight, headers } = header
  return (
    (id === undefined || typeof id === 'string') &&
    (delayMs === undefined || isWithin(delayMs, MAX_DELAY_MS)) &&
    (timeoutMs === undefined || isWithin(timeoutMs, MAX_DELAY_MS)) &&
    (expiresInMs === undefined || isWithin(expiresInMs, Number.MAX_SAFE_INTEGER)) &&
    (attempts === undefined || isWithin(attempts, MAX_ATTEMPTS)) &&
    (backoff === undefined || tryReading(() => checkTaskBackoff(backoff as Backoff)) !== undefined) &&
    (keep === undefined || typeof tryReading(() => (keep as TaskKeep).results) === 'boolean') &&
    (key === undefined || (typeof key === 'string' && key.length >= 1 && key.length <= MAX_KEY)) &&
    (weight === undefined || isWithin(weight, MAX_WEIGHT)) &&
    (headers === undefined ||
      (typeof headers === 'object' && headers !== null && Object.values(headers).every(isString)))
  )
}

function isWithin(value: unknown, most: number): boolean {
  return Number.isSafeInteger(value) && (value as number) >= 1 && (value as number) <= most
}

function isString(value: unknown): value is string {
  return typeof value === 'string'
}
