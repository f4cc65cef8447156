/** Beyond a bound the oldest are dropped. `Number.MAX_SAFE_INTEGER`: no bound. */
export interface KeepLimits {
  readonly maxAgeMs: number
  readonly maxCount: number
  /**
   * Of all together, as they are stored: of dead letters at least header and payload, of results at least the result.
   */
  readonly maxBytes: number
}

/** What is kept of tasks that ended. */
export interface Keep {
  readonly dead: KeepLimits
  /** Bounds of the results, and of the outcomes of cancelled and expired tasks. */
  readonly results: KeepLimits
}

/** The bounds that apply as long as no call gave others. */
export const DEFAULT_KEEP: Keep = {
  dead: { maxAgeMs: 14 * 86_400_000, maxCount: Number.MAX_SAFE_INTEGER, maxBytes: 1_073_741_824 },
  results: { maxAgeMs: 3_600_000, maxCount: 10_000, maxBytes: 67_108_864 },
}
