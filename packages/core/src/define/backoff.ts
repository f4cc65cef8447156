import * as calls from './check-call.ts'
import { checkInteger, checkNumber, checkOptions } from './check.ts'
import { showWord } from './checks.ts'
import type { Checks } from './checks.ts'

/** The pause before attempt 2, 3, …: the same each time, or growing by `factor` up to `maxMs`. */
export interface Backoff {
  /** Default `exponential`. */
  readonly kind?: 'fixed' | 'exponential' | undefined
  /** The first pause, ms. Default 1,000. */
  readonly baseMs?: number | undefined
  /** Default 2. */
  readonly factor?: number | undefined
  /** The longest pause of an exponential backoff, ms. Default 300,000, or `baseMs` if that is longer. */
  readonly maxMs?: number | undefined
  /**
   * 0–1: the share of a pause that is random, so that failures of one moment do not return in one moment. Default 0.2.
   */
  readonly jitter?: number | undefined
}

/**
 * Returns the pause until the next attempt, in ms, after the `failures`th failure (1, 2, …); at most a year. When it
 * throws or returns anything else, the error is reported to `onError`, and the default backoff applies.
 */
export type CustomBackoff = (failures: number, error: Error) => number

export type ResolvedBackoff = Readonly<{
  kind: 'fixed' | 'exponential'
  baseMs: number
  factor: number
  maxMs: number
  jitter: number
  /** Asked first. */
  custom?: CustomBackoff
}>

export function resolveBackoff(backoff: Backoff | CustomBackoff = {}): ResolvedBackoff {
  if (typeof backoff === 'function') return { ...resolveBackoff(), custom: backoff }
  const mistakes = { checkInteger, checkNumber }
  return resolved(checkOptions('backoff', backoff, FIELDS), mistakes, (_, message) => new TypeError(message))
}

/** One that travels with a task, read once. Throws `invalid-options`. */
export function checkTaskBackoff(given: Backoff): Backoff {
  if (typeof given === 'function') {
    throw calls.invalidOption('backoff', 'backoff of a task is an object: a function does not travel with it', given)
  }
  const backoff = calls.checkOptions('backoff', given, FIELDS)
  resolved(backoff, calls, (option, message) => calls.invalidOption(option, message, backoff))
  return Object.fromEntries(Object.entries(backoff).filter(([, value]) => value !== undefined))
}

const FIELDS: readonly (keyof Backoff)[] = ['kind', 'baseMs', 'factor', 'maxMs', 'jitter']

function resolved(
  backoff: Backoff,
  checks: Pick<Checks, 'checkInteger' | 'checkNumber'>,
  refused: (option: string, message: string) => Error,
): ResolvedBackoff {
  const { kind = 'exponential' } = backoff
  if (kind !== 'fixed' && kind !== 'exponential') {
    throw refused('backoff.kind', `backoff.kind must be 'fixed' or 'exponential', not ${showWord(kind)}`)
  }
  for (const option of ['factor', 'maxMs'] as const) {
    if (kind === 'fixed' && backoff[option] !== undefined) {
      throw refused(`backoff.${option}`, `backoff.${option} contradicts backoff.kind 'fixed', whose pauses do not grow`)
    }
  }
  const baseMs = checks.checkInteger('backoff.baseMs', backoff.baseMs ?? 1_000, 0, MAX_PAUSE_MS)
  const maxMs = checks.checkInteger('backoff.maxMs', backoff.maxMs ?? Math.max(300_000, baseMs), 0, MAX_PAUSE_MS)
  if (maxMs < baseMs) {
    throw refused('backoff.maxMs', `backoff.maxMs (${maxMs}) must not be less than backoff.baseMs (${baseMs})`)
  }
  return {
    kind,
    baseMs,
    factor: checks.checkNumber('backoff.factor', backoff.factor ?? 2, 1, 1_000),
    maxMs,
    jitter: checks.checkNumber('backoff.jitter', backoff.jitter ?? 0.2, 0, 1),
  }
}

/** How often a handler may run until its task is buried. */
export const MAX_ATTEMPTS = 1_000

/** A year. */
export const MAX_PAUSE_MS = 31_536_000_000

/** The pause after the `failures`th failure (1, 2, …). `random` is in [0, 1). */
export function pauseAfter(failures: number, backoff: ResolvedBackoff, random: number): number {
  const grown = backoff.kind === 'fixed' ? backoff.baseMs : backoff.baseMs * backoff.factor ** (failures - 1)
  const capped = Math.min(grown, backoff.maxMs)
  return Math.round(capped * (1 - backoff.jitter * random))
}
