import type { HistoryLimits } from '../../ports/history-limits.ts'

/** What one partition keeps: its part of the counts and bytes, at least one. */
export function keepLimitsShare({ maxCount, maxBytes, ...others }: HistoryLimits, of: number): HistoryLimits {
  return {
    ...others,
    ...(maxCount === undefined ? undefined : { maxCount: Math.ceil(maxCount / of) }),
    ...(maxBytes === undefined ? undefined : { maxBytes: Math.ceil(maxBytes / of) }),
  }
}
