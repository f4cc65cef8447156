import { kindOf } from '../values/kind-of.ts'
import { tryReading } from '../values/try-reading.ts'
import { otherWord } from './other-word.ts'

/**
 * Makes the error of a refusal: which option, and what kind of value was given. Never the value where it may be secret.
 */
export type Refuse = (message: string, details: { readonly option: string; readonly kind: string }) => Error

/**
 * Checks of single options. Each returns the value that it was given, or throws the error that `refuse` makes; none
 * reads a value that it refuses.
 */
export interface Checks {
  /** Names become parts of keys, so nothing that has a meaning there (`{`, `}`, `:`) may be in one. */
  checkName(what: string, name: unknown): string
  checkInteger(option: string, value: unknown, least: number, most: number): number
  checkNumber(option: string, value: unknown, least: number, most: number): number
  checkBoolean(option: string, value: unknown): boolean
  checkFunction<F extends (...args: never[]) => unknown>(option: string, value: F): F
  /** For what is passed as an object of functions: a logger, a clock. */
  checkMethods<T extends object>(option: string, value: T, methods: readonly (keyof T & string)[]): T
  /** A signal of this realm or another, or of a polyfill. */
  checkSignal(option: string, signal: AbortSignal | undefined): AbortSignal | undefined
  /** Returns a copy, since a list may be a Proxy or have getters. Missing elements are undefined in it. */
  checkList<T>(option: string, list: readonly T[]): T[]
  /**
   * A misspelt option must not be ignored: its default would apply silently. Returns a copy, for which each option was
   * read once: an object with getters, or a Proxy, may return something else the next time, or throw.
   */
  checkOptions<T extends object>(what: string, options: T, known: readonly string[]): T
}

const NAME = /^[A-Za-z0-9._-]{1,128}$/

export function createChecks(refuse: Refuse): Checks {
  const refused = (option: string, must: string, value: unknown): Error =>
    refuse(`${option} must be ${must}, not ${show(value)}`, { option, kind: kindOf(value) })
  /** Variables of the environment are texts. */
  const asNumber = (value: unknown): string => (typeof value === 'string' ? ' (Number(…) makes one of a string)' : '')

  return {
    checkName(what, name) {
      if (typeof name === 'string' && NAME.test(name)) return name
      throw refuse(`a ${what}'s name must be 1–128 characters of A–Z a–z 0–9 . _ -${wrongWith(name)}`, {
        option: 'name',
        kind: kindOf(name),
      })
    },

    checkInteger(option, value, least, most) {
      if (Number.isSafeInteger(value) && (value as number) >= least && (value as number) <= most) return value as number
      throw refused(option, `a whole number from ${least} to ${most}${asNumber(value)}`, value)
    },

    checkNumber(option, value, least, most) {
      if (typeof value === 'number' && value >= least && value <= most) return value
      throw refused(option, `a number from ${least} to ${most}${asNumber(value)}`, value)
    },

    checkBoolean(option, value) {
      if (typeof value === 'boolean') return value
      throw refused(option, 'true or false', value)
    },

    checkFunction(option, value) {
      if (typeof value === 'function') return value
      throw refused(option, 'a function', value)
    },

    checkMethods(option, value, methods) {
      if (tryReading(() => methods.every((method) => typeof value[method] === 'function'))) return value
      throw refused(option, `an object with ${methods.join(', ')}`, value)
    },

    checkSignal(option, signal) {
      if (signal === undefined) return undefined
      const isSignal = tryReading(
        () => typeof signal.addEventListener === 'function' && typeof signal.aborted === 'boolean',
      )
      if (!isSignal) throw refused(option, 'an AbortSignal', signal)
      return signal
    },

    checkList<T>(option: string, list: readonly T[]): T[] {
      const copy = tryReading(() => (Array.isArray(list) ? Array.from<T>(list) : undefined))
      if (copy === undefined) throw refused(option, 'an array', list)
      return copy
    },

    checkOptions<T extends object>(what: string, options: T, known: readonly string[]): T {
      const read = tryReading(() => readOnce(options, known))
      if (read === undefined) {
        const not = typeof options === 'object' && options !== null ? 'one that cannot be read' : show(options)
        throw refuse(`${what} takes an object of options, not ${not}`, { option: what, kind: kindOf(options) })
      }
      for (const option of read.names) {
        if (known.includes(option)) continue
        const hint = otherWord(option, known)
        const name = option.length > 80 ? `${option.slice(0, 80)}…` : option
        throw refuse(
          `${what} has no option ${JSON.stringify(name)}${hint === '' ? '' : `: ${hint}`}; it takes ${known.join(', ')}`,
          { option: name, kind: 'an unknown option' },
        )
      }
      return read.copy
    },
  }
}

/** Undefined: not an object of options. */
function readOnce<T extends object>(options: T, known: readonly string[]): { names: string[]; copy: T } | undefined {
  if (typeof options !== 'object' || options === null || Array.isArray(options)) return undefined
  const names = Object.keys(options)
  // A class of options may have them as accessors, which are not its own.
  const prototype: unknown = Object.getPrototypeOf(options)
  const read = prototype === Object.prototype || prototype === null ? names : known
  const copy: Record<string, unknown> = {}
  for (const name of read) {
    if (name !== '__proto__') copy[name] = (options as Readonly<Record<string, unknown>>)[name]
  }
  return { names, copy: copy as T }
}

/** The kind of a value; of a number or a boolean the value itself, which is not a secret and shows what went wrong. */
export function show(value: unknown): string {
  return typeof value === 'number' ? String(value) : kindOf(value)
}

/** For an option that is one of a few words: shows a word that could have been meant as one of them. */
export function showWord(value: unknown): string {
  return typeof value === 'string' && /^[\w-]{1,24}$/.test(value) ? `'${value}'` : kindOf(value)
}

/** A name may be a secret that was passed by mistake, so only its first wrong character is shown. */
function wrongWith(name: unknown): string {
  if (typeof name !== 'string' || name === '') return `, not ${kindOf(name)}`
  const wrong = /[^A-Za-z0-9._-]/u.exec(name)
  return wrong === null ? `, not ${name.length}` : `; ${JSON.stringify(wrong[0])} is not one of them`
}
