import { MqError } from '../errors.ts'
import { createChecks } from './checks.ts'
import type { Checks, Refuse } from './checks.ts'
import { kindOf } from '../values/kind-of.ts'

export { show, showWord } from './checks.ts'

/**
 * The same checks for arguments that are passed while a program runs: to enqueue, publish, wait, cancel, redrive. They
 * may come from a user of the program, so a refusal is an `MqError` that can be distinguished from a fault:
 * `invalid-options`.
 */
const invalid: Refuse = (message, details) => new MqError('invalid-options', message, { details })
const checks = createChecks(invalid)

export const checkName: Checks['checkName'] = checks.checkName
export const checkInteger: Checks['checkInteger'] = checks.checkInteger
export const checkNumber: Checks['checkNumber'] = checks.checkNumber
export const checkBoolean: Checks['checkBoolean'] = checks.checkBoolean
export const checkFunction: Checks['checkFunction'] = checks.checkFunction
export const checkSignal: Checks['checkSignal'] = checks.checkSignal
export const checkList: Checks['checkList'] = checks.checkList
export const checkOptions: Checks['checkOptions'] = checks.checkOptions

/** The error of a refusal for which there is no check above. */
export function invalidOption(option: string, message: string, value: unknown): Error {
  return invalid(message, { option, kind: kindOf(value) })
}

/** A text whose number of characters is in a range. */
export function checkText(option: string, value: unknown, least: number, most: number): string {
  if (typeof value === 'string' && value.length >= least && value.length <= most) return value
  const given = typeof value === 'string' ? `one of ${value.length}` : kindOf(value)
  throw invalidOption(option, `${option} must be a text of ${least}–${most} characters, not ${given}`, value)
}

/** Returns what `read` reads from a value that may throw when it is read. */
export function readable<T>(option: string, value: unknown, read: () => T): T {
  try {
    return read()
  } catch {
    throw invalidOption(option, `${option} cannot be read`, value)
  }
}
