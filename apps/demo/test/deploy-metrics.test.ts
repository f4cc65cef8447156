// What alerts, dashboard and scaler ask of Prometheus: each expression parses, and each metric and label in it is one of ours.
import { createBroker, defineChannel, silentLogger } from '@mq/core'
import { memoryAdapter } from '@mq/memory-adapter'
import { createMetrics } from '@mq/prometheus'
import { parser } from '@prometheus-io/lezer-promql'
import { beforeAll, describe, expect, it } from 'vitest'
import { parse, parseAllDocuments } from 'yaml'
import { read } from './deployed.ts'

/** The labels of each metric that an app exposes; of those that Prometheus makes of it, too. */
const labelsOf = new Map<string, Set<string>>([['process_resident_memory_bytes', new Set()]])

beforeAll(async () => {
  const broker = createBroker(memoryAdapter(), { logger: silentLogger })
  const metrics = createMetrics(broker)
  const queue = broker.queue('mails')
  queue.process(() => 'sent')
  await (await queue.enqueue(1)).result()
  const channel = broker.channel(defineChannel({ name: 'news', history: { maxCount: 10, maxAgeMs: 60_000 } }))
  await channel.consume('audit', () => undefined)
  for (const line of (await metrics.read()).split('\n')) {
    const [, name, labels = ''] = /^(\w+)(?:\{(.*)\})? \S+$/.exec(line) ?? []
    if (name === undefined) continue
    const known = labelsOf.get(name) ?? new Set()
    for (const [, label] of labels.matchAll(/(\w+)="/g)) known.add(label!)
    labelsOf.set(name, known)
  }
  metrics.close()
  await broker.close()
})

/** Of a scrape, whatever is scraped. */
const OF_SCRAPE = ['job', 'instance']

/** What is wrong with an expression. */
function faultsOf(expression: string): readonly string[] {
  // Grafana puts these in.
  const text = expression.replaceAll('$__rate_interval', '5m').replaceAll('$queue', '.*')
  const faults: string[] = []
  let metric = ''
  parser.parse(text).iterate({
    enter: ({ type, from, to }) => {
      const word = text.slice(from, to)
      if (type.isError) faults.push(`cannot be read at ${from}`)
      if (type.name === 'VectorSelector') {
        metric = /^\w+/.exec(word)?.[0] ?? ''
        if (!labelsOf.has(metric)) faults.push(`no metric ${metric}`)
      }
      if (type.name === 'UnquotedLabelMatcher') {
        const label = /^\w+/.exec(word)![0]
        if (!labelsOf.get(metric)?.has(label) && !OF_SCRAPE.includes(label))
          faults.push(`no label ${label} of ${metric}`)
      }
    },
  })
  return faults
}

it('finds a metric, a label and a bracket that are wrong', () => {
  expect(faultsOf('max(mq_queue_wating)')).toEqual(['no metric mq_queue_wating'])
  expect(faultsOf('mq_queue_waiting{que="mails"}')).toEqual(['no label que of mq_queue_waiting'])
  expect(faultsOf('max(mq_queue_waiting')).toEqual(['cannot be read at 20'])
  expect(faultsOf('sum by (le) (rate(mq_run_seconds_bucket{queue=~"$queue"}[$__rate_interval]))')).toEqual([])
})

interface Rule {
  readonly alert: string
  readonly expr: string
  readonly for?: string
  readonly labels: { readonly severity: string }
  readonly annotations: { readonly summary: string }
}

describe('the alerts', () => {
  const { groups } = parse(read('prometheus/mq.rules.yml')) as {
    readonly groups: readonly { rules: readonly Rule[] }[]
  }
  const rules = groups.flatMap((group) => group.rules)

  it.each(rules.map((rule) => [rule.alert, rule] as const))(
    '%s asks for what is there, and says what is wrong',
    (_name, rule) => {
      expect(faultsOf(rule.expr)).toEqual([])
      expect(rule.for ?? '1m').toMatch(/^\d+[smh]$/)
      expect(['warning', 'critical']).toContain(rule.labels.severity)
      expect(rule.annotations.summary).toMatch(/^.{10,}\.$/)
    },
  )

  it('have a name each, and are loaded', () => {
    expect(new Set(rules.map(({ alert }) => alert)).size).toBe(rules.length)
    expect(parse(read('prometheus/prometheus.yml'))).toMatchObject({ rule_files: ['mq.rules.yml'] })
  })
})

interface Panel {
  readonly id: number
  readonly title: string
  readonly gridPos: { readonly x: number; readonly y: number; readonly w: number; readonly h: number }
  readonly targets: readonly { readonly expr: string }[]
}

describe('the dashboard', () => {
  const { panels, templating } = JSON.parse(read('grafana/dashboards/mq.json')) as {
    readonly panels: readonly Panel[]
    readonly templating: { readonly list: readonly { readonly name: string }[] }
  }

  it.each(panels.map((panel) => [`${panel.id} ${panel.title}`, panel] as const))(
    '%s asks for what is there',
    (_name, panel) => {
      for (const { expr } of panel.targets) {
        expect(faultsOf(expr)).toEqual([])
        for (const [, variable] of expr.matchAll(/\$(\w+)/g)) {
          expect(['__rate_interval', ...templating.list.map(({ name }) => name)]).toContain(variable)
        }
      }
    },
  )

  it('has panels that do not lie on one another', () => {
    const cells = panels.flatMap(({ gridPos: { x, y, w, h } }) =>
      Array.from({ length: w * h }, (_, i) => `${x + (i % w)},${y + Math.floor(i / w)}`),
    )
    expect(new Set(cells).size).toBe(cells.length)
    expect(new Set(panels.map(({ id }) => id)).size).toBe(panels.length)
    for (const { gridPos } of panels) expect(gridPos.x + gridPos.w).toBeLessThanOrEqual(24)
  })
})

interface Trigger {
  readonly type: string
  readonly metadata: { readonly query: string; readonly threshold: string }
}

it('the scaler asks for what is there', () => {
  const scaler = parseAllDocuments(read('kubernetes/worker-queue.yaml'))
    .map(
      (document) =>
        document.toJS() as { readonly kind: string; readonly spec: { readonly triggers: readonly Trigger[] } },
    )
    .find(({ kind }) => kind === 'ScaledObject')!
  for (const { type, metadata } of scaler.spec.triggers) {
    expect(type).toBe('prometheus')
    expect(faultsOf(metadata.query)).toEqual([])
    expect(Number(metadata.threshold)).toBeGreaterThan(0)
  }
})
