import type { ComponentChildren } from 'preact'
import { useEffect, useRef, useState } from 'preact/hooks'

interface VirtualRowsProps<T> {
  readonly items: readonly T[]
  readonly render: (item: T, index: number) => ComponentChildren
  /** The end of what is loaded comes near. */
  readonly onEnd: () => void
}

/** More rows than fit on the screen are drawn above and below it, so that a fast scroll finds some. */
const MARGIN = 12
const NEAR_END = 30
/** Until one is measured. */
const ROW_PX = 36

/** The rows of a table body that are on the screen: a list of a million costs what forty do. All are equally high. */
export function VirtualRows<T>({ items, render, onEnd }: VirtualRowsProps<T>) {
  const body = useRef<HTMLTableSectionElement>(null)
  const [range, setRange] = useState({ from: 0, to: 60 })
  const end = useRef(onEnd)
  end.current = onEnd
  const rowPx = useRef(ROW_PX)
  const count = useRef(items.length)
  count.current = items.length

  useEffect(() => {
    let frame = 0
    function measure(): void {
      frame = 0
      const place = body.current?.getBoundingClientRect()
      if (place === undefined) return
      rowPx.current = body.current?.querySelector<HTMLElement>('[data-row]')?.offsetHeight || rowPx.current
      const from = Math.max(0, Math.floor(-place.top / rowPx.current) - MARGIN)
      // Also of a list that is far below the screen.
      const to = Math.max(0, Math.ceil((innerHeight - place.top) / rowPx.current)) + MARGIN
      setRange((before) => (before.from === from && before.to === to ? before : { from, to }))
      if (to + NEAR_END >= count.current) end.current()
    }
    const later = (): void => {
      frame ||= requestAnimationFrame(measure)
    }
    addEventListener('scroll', later, { passive: true })
    addEventListener('resize', later)
    // What is above it comes, goes, or is folded: it moves, and nobody scrolls.
    const moved = new ResizeObserver(later)
    moved.observe(document.body)
    later()
    return () => {
      cancelAnimationFrame(frame)
      moved.disconnect()
      removeEventListener('scroll', later)
      removeEventListener('resize', later)
    }
  }, [items.length])

  const from = Math.min(range.from, Math.max(0, items.length - 1))
  const shown = items.slice(from, range.to)
  return (
    <tbody ref={body}>
      <Space px={from * rowPx.current} />
      {shown.map((item, i) => render(item, from + i))}
      <Space px={Math.max(0, items.length - from - shown.length) * rowPx.current} />
    </tbody>
  )
}

/** Of one cell: one that spans columns that a narrow screen hides would make them anew, empty. */
function Space({ px }: { readonly px: number }) {
  if (px === 0) return null
  return (
    <tr aria-hidden="true" class="space">
      <td style={{ height: `${px}px` }} />
    </tr>
  )
}
