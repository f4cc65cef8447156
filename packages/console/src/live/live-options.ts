import { checkNumber } from '../access/rate-limits.ts'

/** How many may watch at once. */
export interface LiveOptions {
  /** Streams of all clients together, 1 to 100,000. Default 1,000. */
  readonly maxReaders?: number | undefined
  /** Streams of one client, 1 to 100,000. Default 25. */
  readonly maxPerClient?: number | undefined
}

/** Throws a TypeError. */
export function checkLive(options: LiveOptions | undefined): void {
  if (options === undefined) return
  if (typeof options !== 'object' || options === null) throw new TypeError('live must be an object')
  checkNumber('live.maxReaders', options.maxReaders, 1, 100_000)
  checkNumber('live.maxPerClient', options.maxPerClient, 1, 100_000)
}
