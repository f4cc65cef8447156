import { clock } from '../format/time.ts'
import { languageTag, words } from '../language/language.ts'
import { clockNow } from '../state/clock.ts'
import { describe } from './attempt.ts'
import { Icon } from './icon.tsx'
import { Mark } from './mark.tsx'

interface AsOfProps {
  readonly loadedAt: number | undefined
  readonly isLoading: boolean
  readonly onRefresh: () => void
}

/** From when the thing beside it is, and the button that asks anew. */
export function AsOf({ loadedAt, isLoading, onRefresh }: AsOfProps) {
  const { act, times } = words.value
  return (
    <span class="as-of">
      {loadedAt !== undefined && times.at(clock(loadedAt, clockNow.value, languageTag.value))}
      <button
        type="button"
        class="bare"
        aria-label={act.refresh}
        title={act.refresh}
        aria-busy={isLoading}
        onClick={onRefresh}
      >
        <Icon name="refresh" />
      </button>
    </span>
  )
}

/** In place of what could not be loaded, or above what is older for it. */
export function LoadError({ error, onRetry }: { readonly error: unknown; readonly onRetry: () => void }) {
  const { text, detail } = describe(error)
  return (
    <div class="load-error" role="alert">
      <Mark name="warn" />
      <p>
        {text}
        {detail !== undefined && <span class="faint"> {detail}</span>}
      </p>
      <button type="button" class="button" onClick={onRetry}>
        {words.value.act.retry}
      </button>
    </div>
  )
}
