/** What is held ahead is about this much work: enough to hide a round trip, too little to keep from other workers. */
export const AHEAD_MS = 10
/**
 * What was held ahead for this long and not begun is given back: it was not as little work as it seemed, and another
 * worker may have time. Longer than any garbage collection, far shorter than a person notices.
 */
export const MOST_WAIT_MS = 100
