import { hrefOf, place } from '../state/router.ts'
import type { MarkName } from './mark.tsx'
import { Mark } from './mark.tsx'

interface Tab {
  readonly key: string
  readonly text: string
  readonly mark?: MarkName
  readonly count?: string | undefined
  readonly query: Readonly<Record<string, string | undefined>>
}

/** Links, since each tab has an address. */
export function Tabs({
  label,
  tabs,
  open,
}: {
  readonly label: string
  readonly tabs: readonly Tab[]
  readonly open: string
}) {
  return (
    <nav class="tabs" aria-label={label}>
      {tabs.map(({ key, text, mark, count, query }) => (
        <a key={key} href={hrefOf(place.value.parts, query)} aria-current={key === open ? 'page' : undefined}>
          {mark !== undefined && <Mark name={mark} />}
          {text}
          {count !== undefined && <span class="count">{count}</span>}
        </a>
      ))}
    </nav>
  )
}
