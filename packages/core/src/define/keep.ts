import { DEFAULT_KEEP } from '../ports/keep.ts'
import type { KeepLimits } from '../ports/keep.ts'
import { checkInteger, checkOptions } from './check.ts'
import { MAX_DELAY_MS } from '../ports/limits.ts'

/** Bounds; past one the oldest are dropped. */
export interface KeepOptions {
  /** ms since the end. */
  readonly maxAgeMs?: number | undefined
  /** How many; of results at least this number, and at most a tenth more. */
  readonly maxCount?: number | undefined
  /** Bytes of all together, as they are stored. */
  readonly maxBytes?: number | undefined
}

/** What is kept of tasks that ended. */
export interface QueueKeepOptions {
  /**
   * Dead letters. Default: 14 days and 1 GiB, however many. Each that is dropped is counted in `stats()` and reported
   * to `onError`.
   */
  readonly dead?: KeepOptions | undefined
  /** Results, for `result()`. Default: 10,000, 1 hour and 64 MiB. `false`: none. */
  readonly results?: KeepOptions | false | undefined
}

export interface ResolvedKeep {
  readonly dead: KeepLimits
  readonly results: KeepLimits | false
}

export function resolveKeep(given: QueueKeepOptions = {}): ResolvedKeep {
  given = checkOptions('keep', given, ['dead', 'results'])
  const { dead, results } = given
  return {
    dead: resolveLimits('keep.dead', dead, DEFAULT_KEEP.dead),
    results: results === false ? false : resolveLimits('keep.results', results, DEFAULT_KEEP.results),
  }
}

/** A group keeps no results. */
export function resolveDeadKeep(given: Pick<QueueKeepOptions, 'dead'> = {}): ResolvedKeep {
  given = checkOptions('keep', given, ['dead'])
  return { dead: resolveLimits('keep.dead', given.dead, DEFAULT_KEEP.dead), results: false }
}

function resolveLimits(what: string, given: KeepOptions = {}, defaults: KeepLimits): KeepLimits {
  given = checkOptions(what, given, ['maxAgeMs', 'maxCount', 'maxBytes'])
  const { maxAgeMs = defaults.maxAgeMs, maxCount = defaults.maxCount, maxBytes = defaults.maxBytes } = given
  return {
    maxAgeMs: checkInteger(`${what}.maxAgeMs`, maxAgeMs, 1, MAX_DELAY_MS),
    maxCount: checkInteger(`${what}.maxCount`, maxCount, 1, Number.MAX_SAFE_INTEGER),
    maxBytes: checkInteger(`${what}.maxBytes`, maxBytes, 1, Number.MAX_SAFE_INTEGER),
  }
}
