/**
 * The tasks held ahead are about this much work: enough to hide a round trip, too little to be missed by other workers.
 */
export const AHEAD_MS = 10
/**
 * A task that was held ahead for this long and not begun is released: it was more work than estimated, and another
 * worker may have a free slot. Longer than any garbage collection, and far shorter than a person notices.
 */
export const MOST_WAIT_MS = 100
