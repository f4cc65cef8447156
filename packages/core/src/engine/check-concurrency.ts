import { checkInteger } from '../define/check.ts'

/** The most tasks that a worker runs at once. */
const MOST_RUNNING = 10_000

/** How many handlers a worker may run at once, each with up to `size` tasks. Throws a TypeError. */
export function checkConcurrency(concurrency: unknown, size: number): number {
  return checkInteger('concurrency', concurrency, 1, Math.floor(MOST_RUNNING / size))
}
