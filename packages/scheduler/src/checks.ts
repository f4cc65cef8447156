import { MqError } from '@mq/core'

/** Checks of what callers pass, which may come from users of their program. */

export function invalid(option: string, message: string, value: unknown, cause?: unknown): MqError {
  return new MqError('invalid-options', message, { cause, details: { option, kind: kindOf(value) } })
}

/** Returns a copy, each option read once. */
export function checkOptions<T extends object>(what: string, options: T, known: readonly string[]): T {
  const copy: Record<string, unknown> = {}
  let names: readonly string[] | undefined
  try {
    if (typeof options === 'object' && options !== null && !Array.isArray(options)) {
      names = Object.keys(options)
      for (const name of known) copy[name] = (options as Readonly<Record<string, unknown>>)[name]
    }
  } catch {
    names = undefined
  }
  if (names === undefined) throw invalid(what, `${what} takes an object of options, not ${kindOf(options)}`, options)
  const unknown = names.find((name) => !known.includes(name))
  if (unknown !== undefined) {
    const name = JSON.stringify(unknown.slice(0, 80))
    throw invalid(unknown.slice(0, 80), `${what} has no option ${name}; it takes ${known.join(', ')}`, unknown)
  }
  return copy as T
}

export function checkInteger(option: string, value: unknown, least: number, most: number): number {
  if (Number.isSafeInteger(value) && (value as number) >= least && (value as number) <= most) return value as number
  const given = typeof value === 'number' ? String(value) : kindOf(value)
  throw invalid(option, `${option} must be a whole number from ${least} to ${most}, not ${given}`, value)
}

const MAX_NAME = 256

export function checkName(name: unknown): string {
  if (typeof name === 'string' && name.length >= 1 && name.length <= MAX_NAME && !/\p{Surrogate}/u.test(name)) {
    return name
  }
  const given = typeof name === 'string' ? (name.length > MAX_NAME ? `${name.length}` : 'this one') : kindOf(name)
  throw invalid('name', `a schedule's name must be 1–${MAX_NAME} characters of well-formed Unicode, not ${given}`, name)
}

export function kindOf(value: unknown): string {
  if (value === null) return 'null'
  if (Array.isArray(value)) return 'an array'
  return value === undefined ? 'undefined' : `a ${typeof value}`
}
