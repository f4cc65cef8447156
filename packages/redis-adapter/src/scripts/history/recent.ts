import type { CountsAt, QueueTotals, RecentWork, SampleCount } from '@mq/core/adapter'
import { BUCKETS, countsOf, recentWork, WINDOW_MS } from '@mq/core/adapter'

/** What `stats` reads of `samples`. */
export const RECENT_FIELDS = [
  'window',
  'windowBase',
  'windowWaits',
  'windowRuns',
  'before',
  'beforeBase',
  'beforeWaits',
  'beforeRuns',
  'waits',
  'runs',
] as const

/** The window that is open, and the one before it if that was the last; what another program wrote counts as nothing. */
export function parseRecent(
  fields: readonly (string | null)[],
  totals: QueueTotals,
  at: number,
): RecentWork | undefined {
  const [window, windowBase, windowWaits, windowRuns, before, beforeBase, beforeWaits, beforeRuns, waits, runs] = fields
  const now = Math.floor(at / WINDOW_MS)
  if (window == null || !(Number(window) >= now - 1)) return undefined
  const isTwo = Number(before) === now - 1
  const base = readBase(isTwo ? beforeBase : windowBase)
  if (base === undefined) return undefined
  const { enqueued, completed, failed } = totals
  return recentWork(
    base,
    { at, enqueued, completed, failed },
    {
      waits: countsOf(...[waits, windowWaits, isTwo ? beforeWaits : ''].map(readCounts)),
      runs: countsOf(...[runs, windowRuns, isTwo ? beforeRuns : ''].map(readCounts)),
    },
  )
}

function readBase(text: string | null | undefined): CountsAt | undefined {
  if (!/^\d{1,16}(?:,\d{1,16}){3}$/.test(text ?? '')) return undefined
  const [enqueued = 0, completed = 0, failed = 0, at = 0] = text!.split(',').map(Number)
  return { at, enqueued, completed, failed }
}

/** As `COUNTS` reads it. */
function readCounts(text: string | null | undefined): SampleCount[] {
  let bucket = BUCKETS
  return [...(text ?? '').matchAll(/(\d+)(:?)/g)].flatMap(([, digits = '', colon]) => {
    if (colon === ':') {
      bucket = Number(digits)
      return []
    }
    bucket++
    return digits.length < 14 ? [[bucket - 1, Number(digits)] as const] : []
  })
}
