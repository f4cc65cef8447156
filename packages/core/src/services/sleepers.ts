/**
 * How often all sleeping workers of a process look together, looks a second: where no hints can come, only looking
 * finds work.
 */
const LOOKS_PER_S = { live: 40, blind: 400 } as const
/** The storage forgets who was not seen for an hour. */
const MOST_PAUSE_MS = 600_000

/**
 * The workers of one broker, queues' and groups', that sleep: what they cost together does not grow with their number.
 */
export class Sleepers {
  size = 0

  /** A pause before a look, ms, not shorter than so many sleepers may have. */
  pauseMs(wishedMs: number, hints: keyof typeof LOOKS_PER_S): number {
    const fairMs = Math.min(MOST_PAUSE_MS, (1_000 * this.size) / LOOKS_PER_S[hints])
    return Math.round(Math.max(wishedMs, fairMs))
  }
}
