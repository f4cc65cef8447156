/**
 * How often all sleeping workers of a process poll together, per second: when hints cannot arrive, only a poll finds
 * work.
 */
const LOOKS_PER_S = { live: 40, blind: 400 } as const
/** The storage forgets workers that have not called for an hour. */
const MOST_PAUSE_MS = 600_000

/**
 * The workers of one broker, queues' and groups', that sleep: what they cost together does not grow with their number.
 */
export class Sleepers {
  size = 0

  /** The pause before a poll, ms, prolonged to the least that this number of sleepers may have. */
  pauseMs(wishedMs: number, hints: keyof typeof LOOKS_PER_S): number {
    const fairMs = Math.min(MOST_PAUSE_MS, (1_000 * this.size) / LOOKS_PER_S[hints])
    return Math.round(Math.max(wishedMs, fairMs))
  }
}
