import { useMemo, useRef } from 'preact/hooks'
import { api } from '../api/console-api.ts'
import type { History, HistoryPoint } from '../api/contract.ts'
import { bundle } from '../chart/bundle.ts'
import { Chart } from '../chart/chart.tsx'
import { rate, short } from '../format/number.ts'
import { briefly } from '../format/time.ts'
import { languageTag, words } from '../language/language.ts'
import { Tabs } from '../parts/tabs.tsx'
import { AsOf, LoadError } from '../parts/state-of-load.tsx'
import { Problem } from '../api/problem.ts'
import { storageNow } from '../state/clock.ts'
import { place } from '../state/router.ts'
import { useResource } from '../state/use-resource.ts'

const RANGES = {
  day: { resolution: '10s', spanMs: 86_400_000, stepMs: 10_000, pollMs: 30_000 },
  quarter: { resolution: '1h', spanMs: 90 * 86_400_000, stepMs: 3_600_000, pollMs: 600_000 },
} as const

/** What the queue was like: depth, throughput, waits and run times. Loaded once, and then what is new. */
export function QueueCharts({ name }: { readonly name: string }) {
  const { queue: text } = words.value
  const { query } = place.value
  const range = query.get('range') === '90d' ? 'quarter' : 'day'
  const { resolution, spanMs, pollMs } = RANGES[range]
  const key = `history ${name} ${range}`
  const known = useRef<{ readonly key: string; readonly points: readonly HistoryPoint[] }>({ key, points: [] })
  if (known.current.key !== key) known.current = { key, points: [] }
  const history = useResource(
    key,
    async (signal): Promise<History> => {
      const to = Math.round(storageNow())
      const before = known.current.points.filter(({ at }) => at >= to - spanMs)
      const last = before.at(-1)?.at ?? 0
      const answer = await api.getHistory(name, resolution, Math.max(to - spanMs, last), to, signal)
      const points = [...before, ...answer.points.filter(({ at }) => at > last)]
      if (!signal.aborted) known.current = { key, points }
      return { resolution, points }
    },
    { pollMs },
  )
  const kept = Object.fromEntries(query)
  const isUnsupported = history.error instanceof Problem && history.error.status === 501
  if (isUnsupported) return <p class="faint none">{text.noHistory}</p>
  return (
    <>
      <div class="tab-row">
        <Tabs
          label={text.range.label}
          open={range}
          tabs={[
            { key: 'day', text: text.range.day, query: { ...kept, range: undefined } },
            { key: 'quarter', text: text.range.quarter, query: { ...kept, range: '90d' } },
          ]}
        />
        <AsOf of={history} />
      </div>
      <LoadError of={history} />
      {history.data?.points.length === 0 && <p class="faint none">{text.noPoints}</p>}
      {history.data !== undefined && history.data.points.length > 0 && (
        <Charts history={history.data} stepMs={RANGES[range].stepMs} />
      )}
    </>
  )
}

function Charts({ history, stepMs }: { readonly history: History; readonly stepMs: number }) {
  const { queue: text, figures, states } = words.value
  const tag = languageTag.value
  const drawn = useMemo(() => {
    const { times, each } = bundle(history.points, stepMs)
    const seconds = stepMs / 1_000
    const ranks = (of: 'waitMs' | 'runMs') =>
      (['p50', 'p95', 'p99'] as const).map((rank, i) => ({
        name: rank,
        colour: ['accent', 'warn', 'bad'][i]!,
        values: each('most', (point) => point[of]?.[rank]),
      }))
    const rateOf = (of: 'completed' | 'enqueued' | 'failed') =>
      each('mean', ({ [of]: count }) => (count === undefined ? undefined : count / seconds))
    return {
      times,
      depth: [
        { name: states.waiting, colour: 'accent', values: each('most', ({ waiting }) => waiting), isFilled: true },
        { name: states.running, colour: 'good', values: each('most', ({ running }) => running) },
        { name: states.dead, colour: 'bad', values: each('most', ({ dead }) => dead) },
      ],
      rate: [
        { name: figures.done, colour: 'good', values: rateOf('completed'), isFilled: true },
        { name: figures.enqueued, colour: 'accent', values: rateOf('enqueued') },
        { name: figures.failed, colour: 'bad', values: rateOf('failed') },
      ],
      waits: ranks('waitMs'),
      runs: ranks('runMs'),
    }
  }, [history, stepMs, tag])
  const { times } = drawn
  return (
    <div class="charts">
      <Chart title={text.depth} times={times} series={drawn.depth} show={(value) => short(value, tag)} tag={tag} />
      <Chart title={text.rate} times={times} series={drawn.rate} show={(value) => rate(value, tag)} tag={tag} />
      <Chart title={text.waits} times={times} series={drawn.waits} show={briefly} tag={tag} />
      <Chart title={text.runs} times={times} series={drawn.runs} show={briefly} tag={tag} />
    </div>
  )
}
