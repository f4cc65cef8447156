// As check-arguments.ts, for the history of a queue.
import { checkInteger, refuse } from './check-values.ts'
import type { HistoryQuery, WorkSample } from './history.ts'
import { BUCKETS } from './history-record.ts'
import { MAX_BATCH } from './limits.ts'

const MOST_COUNT = 1e12
/** More than is kept. */
const MOST_SKIPPED = 100_000

/** The arguments of `sample`. */
export function checkSample({ waits, runs }: WorkSample): void {
  for (const counts of [waits, runs]) {
    if (counts.length > BUCKETS) refuse(`at most ${BUCKETS} buckets at once, not ${counts.length}`)
    for (const [bucket, count] of counts) {
      checkInteger('a bucket', bucket, 0, BUCKETS - 1)
      checkInteger('a count', count, 0, MOST_COUNT)
    }
  }
}

/** The arguments of `history`. */
export function checkHistory({ resolution, skip, limit }: HistoryQuery): void {
  if (resolution !== '10s' && resolution !== '1h') refuse(`no history is called ${String(resolution)}`)
  checkInteger('skip', skip, 0, MOST_SKIPPED)
  checkInteger('limit', limit, 1, MAX_BATCH)
}
