import { MqError } from '../errors.ts'
import type { Inbox } from '../ports/plain.ts'
import { checkOptions, show, showWord } from './check.ts'

/** What a text is to other programs: JSON, or nothing but text. */
export type PlainFormat = 'json' | 'text'

export interface InboxOptions {
  /** The key of the list, 1–1,024 characters, as the other programs have it; colons are allowed. */
  readonly key: string
  /**
   * The end that is read: `right` is first in, first out for those who LPUSH, and what BRPOP reads; `left` for those
   * who RPUSH, and what BLPOP reads. Default `right`.
   */
  readonly end?: 'left' | 'right' | undefined
  /** Whether an entry is the JSON of a payload, or its text is the payload, a string. Default `json`. */
  readonly format?: PlainFormat | undefined
}

export interface OutboxOptions {
  /** The key of the list, 1–1,024 characters, as the other programs have it. */
  readonly key: string
  /** Whether the JSON of a payload is pushed, or the payload, which must be a string. Default `json`. */
  readonly format?: PlainFormat | undefined
}

export interface RawOptions {
  /** The channel of the storage, 1–1,024 characters, as the other programs have it. */
  readonly topic: string
  /** Whether the JSON of a message is published, or the message, which must be a string. Default `json`. */
  readonly format?: PlainFormat | undefined
}

export type Outbox = Required<OutboxOptions>
export type Raw = Required<RawOptions>

export interface PlainLists {
  readonly inbox: Inbox | undefined
  readonly outbox: Outbox | undefined
}

/** Throws `invalid-inbox` where both are one key: what was handed over would come in again, for ever. */
export function resolveLists(
  inbox: string | InboxOptions | undefined,
  outbox: string | OutboxOptions | undefined,
  maxBytes: number,
): PlainLists {
  const lists = {
    inbox: inbox === undefined ? undefined : { ...resolveInbox(inbox), maxBytes },
    outbox: outbox === undefined ? undefined : resolveOutbox(outbox),
  }
  if (lists.inbox === undefined || lists.inbox.key !== lists.outbox?.key) return lists
  throw new MqError('invalid-inbox', 'inbox and outbox are one key: what is handed over would come in again')
}

export function resolveRaw(raw: string | RawOptions): Raw {
  const options = typeof raw === 'string' ? { topic: raw } : checkOptions('raw', raw, ['topic', 'format'])
  return { topic: checkKey('raw.topic', options.topic), format: checkFormat('raw.format', options.format) }
}

function resolveInbox(inbox: string | InboxOptions): Omit<Inbox, 'maxBytes'> {
  const options: InboxOptions =
    typeof inbox === 'string' ? { key: inbox } : checkOptions('inbox', inbox, ['key', 'end', 'format'])
  const { key, end = 'right', format } = options
  if (end !== 'left' && end !== 'right')
    throw new TypeError(`inbox.end must be 'left' or 'right', not ${showWord(end)}`)
  return { key: checkKey('inbox.key', key), end, format: checkFormat('inbox.format', format) }
}

function resolveOutbox(outbox: string | OutboxOptions): Outbox {
  const { key, format }: OutboxOptions =
    typeof outbox === 'string' ? { key: outbox } : checkOptions('outbox', outbox, ['key', 'format'])
  return { key: checkKey('outbox.key', key), format: checkFormat('outbox.format', format) }
}

function checkKey(option: string, key: unknown): string {
  if (typeof key === 'string' && key.length >= 1 && key.length <= 1_024) return key
  throw new TypeError(`${option} must be a text of 1 to 1,024 characters, not ${show(key)}`)
}

function checkFormat(option: string, format: PlainFormat = 'json'): PlainFormat {
  if (format === 'json' || format === 'text') return format
  throw new TypeError(`${option} must be 'json' or 'text', not ${showWord(format)}`)
}
