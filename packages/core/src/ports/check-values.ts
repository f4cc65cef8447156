import { MqError } from '../errors.ts'
import { MAX_BATCH } from './limits.ts'

/** Throws `storage-refused`: nothing was done, and the same call will be refused again. */
export function refuse(why: string): never {
  throw new MqError('storage-refused', why)
}

export function checkCount(what: string, count: number): void {
  if (count > MAX_BATCH) refuse(`at most ${MAX_BATCH} ${what} at once, not ${count}`)
}

/** A whole number from `least` to `most`, both included. */
export function checkInteger(what: string, value: number, least: number, most: number): void {
  if (!Number.isSafeInteger(value) || value < least || value > most) {
    refuse(`${what} must be a whole number from ${least} to ${most}, not ${String(value)}`)
  }
}

/** A number of ms or bytes, from 0 on; it need not be a whole one. */
export function checkDuration(what: string, value: number): void {
  if (typeof value === 'number' && value >= 0 && value <= Number.MAX_SAFE_INTEGER) return
  refuse(`${what} must be a number from 0 to ${Number.MAX_SAFE_INTEGER}, not ${String(value)}`)
}

export function checkText(what: string, text: string): void {
  if (typeof text !== 'string') refuse(`${what} is a text, not ${typeof text}`)
}
