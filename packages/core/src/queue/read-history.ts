import { checkInteger, checkOptions, invalidOption, showWord } from '../define/check-call.ts'
import type { HistoryPage, HistoryPoint, HistoryQuery, HistoryResolution } from '../ports/history.ts'
import { HOUR_MS, TICK_MS } from '../ports/history-record.ts'
import { MAX_BATCH } from '../ports/limits.ts'

export interface HistoryOptions {
  readonly resolution: HistoryResolution
  /** The first and the last time of interest, ms since 1970. Default: all that is kept. */
  readonly from?: number | undefined
  readonly to?: number | undefined
}

const PERIOD_MS = { '10s': TICK_MS, '1h': HOUR_MS } as const
const LATEST = Number.MAX_SAFE_INTEGER

/** Reads pages from the newest one back to `from`. */
export async function readHistory(
  given: HistoryOptions,
  ask: (query: HistoryQuery) => Promise<HistoryPage>,
): Promise<HistoryPoint[]> {
  const { resolution, from = 0, to = LATEST } = checkOptions('history', given, ['resolution', 'from', 'to'])
  if (resolution !== '10s' && resolution !== '1h') {
    throw invalidOption('resolution', `resolution must be '10s' or '1h', not ${showWord(resolution)}`, resolution)
  }
  checkInteger('from', from, 0, LATEST)
  checkInteger('to', to, 0, LATEST)
  // A period that is closed meanwhile shifts the pages by one.
  const points = new Map<number, HistoryPoint>()
  const first = from - PERIOD_MS[resolution] + 1
  for (let skip = 0; ; skip += MAX_BATCH) {
    const page = await ask({ resolution, skip, limit: MAX_BATCH })
    for (const point of page.points) if (point.at >= first && point.at <= to) points.set(point.at, point)
    if (!page.more || (page.points.at(-1)?.at ?? 0) < first) break
  }
  return [...points.values()].sort((a, b) => a.at - b.at)
}
