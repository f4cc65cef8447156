import type { HistoryPoint } from '../api/contract.ts'

/** More points than this cannot be told apart in a chart; drawing them only costs time. */
const MOST = 240

type How = 'mean' | 'most'

export interface Bundled {
  /** ms since 1970, one of each bundle. */
  readonly times: readonly number[]
  /**
   * A value of each bundle: `most`, so that a short peak is still seen, or `mean`. Null where nobody wrote, so that a
   * line has a gap there.
   */
  readonly each: (how: How, of: (point: HistoryPoint) => number | undefined) => readonly (number | null)[]
}

/** Neighbouring points together, all bundles of the same time. */
export function bundle(points: readonly HistoryPoint[], stepMs: number): Bundled {
  const [first, last] = [points[0], points.at(-1)]
  if (first === undefined || last === undefined) return { times: [], each: () => [] }
  const steps = Math.ceil((last.at - first.at) / stepMs) + 1
  const sizeMs = Math.max(1, Math.ceil(steps / MOST)) * stepMs
  const bundles: HistoryPoint[][] = Array.from({ length: Math.floor((last.at - first.at) / sizeMs) + 1 }, () => [])
  for (const point of points) bundles[Math.floor((point.at - first.at) / sizeMs)]?.push(point)
  return {
    times: bundles.map((_, i) => first.at + i * sizeMs),
    each: (how, of) => bundles.map((bundled) => valueOf(how, bundled.map(of))),
  }
}

function valueOf(how: How, values: readonly (number | undefined)[]): number | null {
  const known = values.filter((value) => value !== undefined)
  if (known.length === 0) return null
  return how === 'most' ? Math.max(...known) : known.reduce((sum, value) => sum + value, 0) / known.length
}
