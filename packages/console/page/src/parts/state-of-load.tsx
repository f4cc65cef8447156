import { clock } from '../format/time.ts'
import { languageTag, words } from '../language/language.ts'
import { clockNow } from '../state/clock.ts'
import type { Resource } from '../state/use-resource.ts'
import { describe } from './attempt.ts'
import { Icon } from './icon.tsx'
import { Mark } from './mark.tsx'

/** From when the thing beside it is, and the button that asks anew. */
export function AsOf({
  of: { loadedAt, isLoading, reload },
}: {
  readonly of: Pick<Resource<unknown>, 'loadedAt' | 'isLoading' | 'reload'>
}) {
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
        onClick={reload}
      >
        <Icon name="refresh" />
      </button>
    </span>
  )
}

/** In place of what could not be loaded, or above what is older for it; nothing where all went well. */
export function LoadError({ of: { error, reload } }: { readonly of: Pick<Resource<unknown>, 'error' | 'reload'> }) {
  if (error === undefined) return null
  const { text, detail } = describe(error)
  return (
    <div class="load-error" role="alert">
      <Mark name="warn" />
      <p>
        {text}
        {detail !== undefined && <span class="faint"> {detail}</span>}
      </p>
      <button type="button" class="button" onClick={reload}>
        {words.value.act.retry}
      </button>
    </div>
  )
}
