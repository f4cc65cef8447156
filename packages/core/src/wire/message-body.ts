import { decode } from './codec.ts'
import { decodeHeader, encodeHeader } from './header.ts'

export type Headers = Readonly<Record<string, string>>

/** A message without headers has no overhead for them. */
const NO_HEADERS: Headers = Object.freeze({})

/**
 * A message as it is carried and stored: its JSON, or, where it has headers, their JSON, a newline, and its JSON. JSON
 * as we write it has no newline, so the first one ends them. Throws a TypeError that names the header at fault.
 */
export function encodeBody(payloadJson: string, headers: Headers | undefined): string {
  const header = encodeHeader({ headers })
  return header === '' || Object.keys(headers!).length === 0 ? payloadJson : `${header}\n${payloadJson}`
}

/** As `encodeBody` begins where there are headers. */
const HEADED = '{"headers":'

/**
 * The header that a task with the headers of a body would have, which is in `text` from `at` on; none where another
 * program wrote it.
 */
export function headerOfBody(text: string, at: number): string {
  const newline = text.startsWith(HEADED, at) ? text.indexOf('\n', at) : -1
  if (newline === -1) return ''
  try {
    const { headers } = decodeHeader(text.slice(at, newline), 'invalid-message')
    return encodeHeader({ headers })
  } catch {
    return '' // which is said of the message when it is read
  }
}

export interface MessageBody {
  readonly payload: unknown
  readonly headers: Headers
}

/** Throws `invalid-message` when another program wrote it. */
export function decodeBody(text: string): MessageBody {
  const newline = text.indexOf('\n')
  if (newline === -1) return { payload: decode(text, 'invalid-message', 'the message'), headers: NO_HEADERS }
  const { headers = NO_HEADERS } = decodeHeader(text.slice(0, newline), 'invalid-message')
  return { payload: decode(text.slice(newline + 1), 'invalid-message', 'the message'), headers }
}
