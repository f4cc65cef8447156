import { checkInteger } from '../define/check.ts'

/** How many handlers a worker may run at once. Throws a TypeError. */
export function checkConcurrency(concurrency: unknown): number {
  return checkInteger('concurrency', concurrency, 1, 10_000)
}
