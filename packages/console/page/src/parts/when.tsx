import { clock, duration, exactly } from '../format/time.ts'
import { languageTag, words } from '../language/language.ts'
import { storageNow } from '../state/clock.ts'

/** A time of the storage, absolute and relative. */
export function When({ at, only }: { readonly at: number | undefined; readonly only?: 'ago' | 'clock' }) {
  if (at === undefined) return <span class="faint">–</span>
  const now = storageNow()
  const tag = languageTag.value
  return (
    <time dateTime={exactly(at)} title={exactly(at)}>
      {only !== 'ago' && clock(at, now, tag)}
      {only === undefined && ' '}
      {only !== 'clock' && <span class={only === undefined ? 'faint' : ''}>{relative(at, now, tag)}</span>}
    </time>
  )
}

function relative(at: number, now: number, tag: string): string {
  const { times } = words.value
  if (Math.abs(now - at) < 1_000) return times.justNow
  return at <= now ? times.ago(duration(now - at, tag)) : times.in(duration(at - now, tag))
}
