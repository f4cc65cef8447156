import { parse, View } from 'vega'
import { compile } from 'vega-lite'
import type { TopLevelSpec } from 'vega-lite'
import type { ChartPoint } from './chart-points.ts'

export type Theme = 'light' | 'dark'

interface Colours {
  readonly text: string
  readonly grid: string
  /** By class of durability. */
  readonly points: readonly string[]
}

/** As the places where it is read have them, on a background that is theirs. */
const COLOURS: Readonly<Record<Theme, Colours>> = {
  light: { text: '#1f2328', grid: '#d1d9e0', points: ['#0969da', '#bf8700', '#cf222e'] },
  dark: { text: '#f0f6fc', grid: '#3d444d', points: ['#4493f8', '#d29922', '#f85149'] },
}

const FONT = 'ui-sans-serif, system-ui, sans-serif'
const PANEL_WIDTH = 270
const STEP = 22
const DECADES = [10, 100, 1_000, 10_000, 100_000, 1_000_000]

/** A dot for each figure: who, against how many a second, by what survives a crash. */
function chartSpec(points: readonly ChartPoint[], theme: Theme): TopLevelSpec {
  const { text, grid, points: range } = COLOURS[theme]
  const contenders = [...new Set(points.map(({ contender }) => contender))]
  const classes = [...new Set(points.map(({ loses }) => loses))]
  const best = (contender: string): number =>
    Math.max(...points.filter((point) => point.contender === contender).map(({ value }) => value))
  return {
    data: { values: points.map((point) => ({ ...point })) },
    facet: { column: { field: 'row', type: 'nominal', title: null, sort: [...new Set(points.map(({ row }) => row))] } },
    spec: {
      width: PANEL_WIDTH,
      height: { step: STEP },
      mark: { type: 'point', filled: true, size: 70, opacity: 0.9 },
      encoding: {
        y: {
          field: 'contender',
          type: 'nominal',
          title: null,
          sort: contenders.toSorted((a, b) => best(b) - best(a)),
          axis: { grid: true },
        },
        x: {
          field: 'value',
          type: 'quantitative',
          title: null,
          scale: { type: 'log', nice: true },
          axis: { format: '~s', values: DECADES },
        },
        color: {
          field: 'loses',
          type: 'nominal',
          title: 'A crash loses',
          sort: classes,
          scale: { domain: classes, range: [...range] },
        },
        description: { field: 'description' },
      },
    },
    background: 'transparent',
    config: {
      font: FONT,
      view: { stroke: null },
      axis: {
        labelColor: text,
        gridColor: grid,
        domainColor: grid,
        tickColor: grid,
        labelFontSize: 12,
        labelLimit: 240,
      },
      header: { labelColor: text, labelFontSize: 13, labelFontWeight: 'bold' },
      legend: { labelColor: text, titleColor: text, labelFontSize: 12, orient: 'bottom' },
    },
  }
}

/** As SVG. */
export function drawChart(points: readonly ChartPoint[], theme: Theme): Promise<string> {
  const { spec } = compile(chartSpec(points, theme))
  return new View(parse(spec), { renderer: 'none' }).toSVG()
}
