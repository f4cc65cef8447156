import { textOf } from '../errors.ts'

/** Checks of what a programmer passes. Each throws a TypeError that names the option. */

const NAME = /^[A-Za-z0-9._-]{1,128}$/

/** Names become parts of keys, so nothing that has a meaning there (`{`, `}`, `:`) may be in one. */
export function checkName(what: string, name: unknown): string {
  if (typeof name === 'string' && NAME.test(name)) return name
  throw new TypeError(`a ${what}'s name must be 1–128 characters of A–Z a–z 0–9 . _ -, not ${show(name)}`)
}

export function checkInteger(option: string, value: unknown, least: number, most: number): number {
  if (Number.isSafeInteger(value) && (value as number) >= least && (value as number) <= most) return value as number
  throw new TypeError(`${option} must be a whole number from ${least} to ${most}, not ${show(value)}`)
}

export function checkNumber(option: string, value: unknown, least: number, most: number): number {
  if (typeof value === 'number' && value >= least && value <= most) return value
  throw new TypeError(`${option} must be a number from ${least} to ${most}, not ${show(value)}`)
}

export function checkBoolean(option: string, value: unknown): boolean {
  if (typeof value === 'boolean') return value
  throw new TypeError(`${option} must be true or false, not ${show(value)}`)
}

export function checkFunction<F extends (...args: never[]) => unknown>(option: string, value: F): F {
  if (typeof value === 'function') return value
  throw new TypeError(`${option} must be a function, not ${show(value)}`)
}

/** For what is passed as an object of functions: a logger, a clock. */
export function checkMethods<T extends object>(option: string, value: T, methods: readonly (keyof T & string)[]): T {
  for (const method of methods) {
    if (value === undefined || value === null || typeof value[method] !== 'function') {
      throw new TypeError(`${option} must be an object with ${methods.join(', ')}, not ${show(value)}`)
    }
  }
  return value
}

/** Of this realm or another, or a polyfill's. */
export function checkSignal(option: string, signal: AbortSignal | undefined): AbortSignal | undefined {
  if (signal === undefined) return undefined
  if (signal !== null && typeof signal.addEventListener === 'function' && typeof signal.aborted === 'boolean')
    return signal
  throw new TypeError(`${option} must be an AbortSignal, not ${show(signal)}`)
}

/** A misspelt option must not be ignored: it would silently mean its default. */
export function checkOptions(what: string, options: object, known: readonly string[]): void {
  if (typeof options !== 'object' || options === null || Array.isArray(options)) {
    throw new TypeError(`${what} takes an object of options, not ${show(options)}`)
  }
  for (const option of Object.keys(options)) {
    if (!known.includes(option)) {
      throw new TypeError(`${what} has no option ${show(option)}; it takes ${known.join(', ')}`)
    }
  }
}

export function show(value: unknown): string {
  const text = typeof value === 'string' ? JSON.stringify(value) : textOf(value)
  return text.length > 80 ? `${text.slice(0, 80)}…` : text
}
