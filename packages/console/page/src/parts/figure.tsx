import type { ComponentChildren } from 'preact'
import type { Percentiles } from '../api/contract.ts'
import { briefly, duration } from '../format/time.ts'
import { languageTag, words } from '../language/language.ts'

interface FigureProps {
  readonly name: string
  readonly tone?: 'warn' | 'bad' | undefined
  readonly unit?: string | undefined
  readonly children: ComponentChildren
  readonly beside?: ComponentChildren
}

/** A number with its name, one of a row. */
export function Figure({ name, tone, unit, children, beside }: FigureProps) {
  return (
    <div class={`figure${tone === undefined ? '' : ` tone-${tone}`}`}>
      <dt>{name}</dt>
      <dd>
        <span class="value">{children}</span>
        {unit !== undefined && <span class="unit">{unit}</span>}
        {beside}
      </dd>
    </div>
  )
}

/** Three percentiles: the middle one of interest first, the others smaller. */
export function PercentileFigure({ name, of }: { readonly name: string; readonly of: Percentiles | undefined }) {
  const { figures } = words.value
  const tag = languageTag.value
  return (
    <div class="figure wide">
      <dt>{name}</dt>
      <dd>
        {of === undefined ? (
          <span class="value faint">{figures.none}</span>
        ) : (
          <ul class="percentiles">
            {(['p50', 'p95', 'p99'] as const).map((rank) => (
              <li key={rank} title={duration(of[rank], tag)}>
                <span class="value">{briefly(of[rank])}</span>
                <span class="unit">{rank}</span>
              </li>
            ))}
          </ul>
        )}
      </dd>
    </div>
  )
}
