/**
 * A task as it is stored in `tasks`: 13 digits (enqueued at, ms), a digit (level), the header, a newline, the payload.
 */
export interface TaskRecord {
  readonly enqueuedAt: number
  readonly header: string
  readonly payload: string
  readonly malformed?: true
}

const TIME_DIGITS = 13

/** A record of another form was written by another program: it is returned whole, and marked. */
export function parseRecord(text: string): TaskRecord {
  const newline = text.indexOf('\n', TIME_DIGITS + 1)
  const enqueuedAt = Number(text.slice(0, TIME_DIGITS))
  const level = text.charCodeAt(TIME_DIGITS) - 48
  if (newline === -1 || !Number.isSafeInteger(enqueuedAt) || !(level >= 0 && level <= 9)) {
    return { enqueuedAt: 0, header: '', payload: text, malformed: true }
  }
  return { enqueuedAt, header: text.slice(TIME_DIGITS + 1, newline), payload: text.slice(newline + 1) }
}
