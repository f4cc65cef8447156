import { useEffect, useRef } from 'preact/hooks'
import type uPlot from 'uplot'
import { paint } from '../state/theme.ts'

export interface Series {
  readonly name: string
  /** A custom property of the style sheet. */
  readonly colour: string
  readonly values: readonly (number | null)[]
  readonly dash?: readonly number[]
  readonly isFilled?: boolean
}

interface ChartProps {
  readonly title: string
  /** ms since 1970 */
  readonly times: readonly number[]
  readonly series: readonly Series[]
  readonly show: (value: number) => string
  readonly tag: string
}

const HEIGHT_PX = 130

/** A time series. The library is loaded when the first chart is drawn. */
export function Chart({ title, times, series, show, tag }: ChartProps) {
  const box = useRef<HTMLDivElement>(null)
  const painted = paint.value

  useEffect(() => {
    let chart: uPlot | undefined
    let isOver = false
    let observer: ResizeObserver | undefined
    void import('./load-uplot.ts').then(({ draw }) => {
      if (isOver || box.current === null) return
      chart = draw(box.current, { times, series, show, tag, height: HEIGHT_PX })
      observer = new ResizeObserver(() => {
        if (box.current) chart?.setSize({ width: box.current.clientWidth, height: HEIGHT_PX })
      })
      observer.observe(box.current)
    })
    return () => {
      isOver = true
      observer?.disconnect()
      chart?.destroy()
    }
  }, [times, series, painted, tag])

  return (
    <figure class="chart">
      <figcaption>
        <h3>{title}</h3>
        <ul class="legend">
          {series.map(({ name, colour }, i) => (
            <li key={name}>
              <svg class={`key key-${colour} dash-${i}`} viewBox="0 0 18 8" width="18" height="8" aria-hidden="true">
                <path d="M0 4h18" />
              </svg>
              {name} <b>{lastOf(series[i]!.values, show)}</b>
            </li>
          ))}
        </ul>
      </figcaption>
      <div ref={box} class="plot" />
    </figure>
  )
}

function lastOf(values: readonly (number | null)[], show: (value: number) => string): string {
  const last = values.findLast((value) => value !== null)
  return last === undefined || last === null ? '–' : show(last)
}
