/** After the first look at a blocked task, and the longest time between two. */
const FIRST_MS = 60_000
const MOST_MS = 3_600_000

/**
 * When a task that is still blocked is looked at again: a storage that failed over may have forgotten that its parents
 * know of it, or that they ended. About as long again as it was blocked before: a task that waits for days costs as
 * many looks as it waits hours.
 */
export function lookAgainInMs(looked: number): number {
  return Math.min(MOST_MS, FIRST_MS * 2 ** looked)
}
