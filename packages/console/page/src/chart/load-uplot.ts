import uPlot from 'uplot'
import 'uplot/dist/uPlot.min.css'
import type { Series } from './chart.tsx'

interface Drawing {
  readonly times: readonly number[]
  readonly series: readonly Series[]
  readonly show: (value: number) => string
  readonly tag: string
  readonly height: number
}

/** In the order of the series, so that they differ without colour, too. */
const DASHES: readonly (number[] | undefined)[] = [undefined, [6, 3], [2, 3]]
const DAY_S = 86_400
const MINUTES_S = 900

export function draw(box: HTMLElement, { times, series, show, tag, height }: Drawing): uPlot {
  const style = getComputedStyle(box)
  /** As it is painted: what a custom property holds may still be a choice of light and dark. */
  function colour(name: string): string {
    box.style.color = `var(--${name})`
    const { color } = style
    box.style.color = ''
    return color
  }
  const font = `11px ${style.fontFamily}`
  const axis = { stroke: colour('faint'), font, grid: { stroke: colour('grid'), width: 1 }, ticks: { show: false } }
  const formats = {
    time: new Intl.DateTimeFormat(tag, { hour: '2-digit', minute: '2-digit', hourCycle: 'h23' }),
    second: new Intl.DateTimeFormat(tag, { hour: '2-digit', minute: '2-digit', second: '2-digit', hourCycle: 'h23' }),
    day: new Intl.DateTimeFormat(tag, { month: 'short', day: 'numeric' }),
    full: new Intl.DateTimeFormat(tag, { dateStyle: 'short', timeStyle: 'medium', hourCycle: 'h23' }),
  }
  const spanS = times.length < 2 ? 0 : (times.at(-1)! - times[0]!) / 1_000
  const axisFormat = spanS > 2 * DAY_S ? formats.day : spanS < MINUTES_S ? formats.second : formats.time
  const reading = document.createElement('div')
  reading.className = 'reading'
  const chart = new uPlot(
    {
      width: box.clientWidth || 300,
      height,
      cursor: { points: { size: 6 }, drag: { x: false, y: false } },
      legend: { show: false },
      padding: [8, 8, 0, 0],
      scales: { y: { range: (_plot, _min, max) => [0, max > 0 ? max * 1.1 : 1] } },
      axes: [
        {
          ...axis,
          values: (_plot, splits) => splits.map((at) => axisFormat.format(at * 1_000)),
          space: 56,
          size: 24,
        },
        { ...axis, values: (_plot, splits) => splits.map(show), size: 46, space: 30 },
      ],
      series: [
        {},
        ...series.map(({ name, colour: key, isFilled }, i) => ({
          label: name,
          stroke: colour(key),
          width: 1.5,
          ...(DASHES[i] === undefined ? {} : { dash: DASHES[i] }),
          ...(isFilled ? { fill: colour(`${key}-wash`) } : {}),
          points: { show: times.length < 3 },
          spanGaps: false,
        })),
      ],
      hooks: {
        destroy: [() => reading.remove()],
        setCursor: [
          (plot) => {
            const i = plot.cursor.idx
            reading.hidden = i === undefined || i === null
            if (i === undefined || i === null) return
            const parts = series.map(({ name, values }) => `${name} ${values[i] == null ? '–' : show(values[i])}`)
            reading.textContent = `${formats.full.format(times[i]!)} · ${parts.join(' · ')}`
          },
        ],
      },
    },
    [times.map((at) => at / 1_000), ...series.map(({ values }) => [...values])],
    box,
  )
  reading.hidden = true
  box.append(reading)
  return chart
}
