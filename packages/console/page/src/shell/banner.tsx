import { clock, duration } from '../format/time.ts'
import { languageTag, words } from '../language/language.ts'
import { Mark } from '../parts/mark.tsx'
import { clockNow, storageNow } from '../state/clock.ts'
import { heardAt, overview, storageAway } from '../state/live.ts'
import { staleSince } from '../state/is-old.ts'
import { goneSince } from '../state/session.ts'

/** What makes everything below it old: the server, or the storage, is gone. */
export function Banner() {
  const { live } = words.value
  const now = clockNow.value
  const tag = languageTag.value
  const gone = goneSince.value
  const heard = heardAt.value
  const stale = staleSince.value
  if (gone !== undefined) {
    const since = heard ?? gone
    return <Line tone="bad" text={live.goneSince(clock(since, now, tag), duration(now - since, tag))} />
  }
  if (storageAway.value) {
    const since = overview.value?.storage.sinceAt
    const text =
      since === undefined ? live.awayNow : live.awaySince(clock(since, now, tag), duration(storageNow() - since, tag))
    return <Line tone="bad" text={text} />
  }
  if (stale !== undefined) {
    return <Line tone="warn" text={live.staleSince(clock(stale, now, tag), duration(now - stale, tag))} />
  }
  return null
}

function Line({ tone, text }: { readonly tone: 'bad' | 'warn'; readonly text: string }) {
  return (
    <div class={`banner ${tone}`} role="alert">
      <Mark name={tone === 'bad' ? 'away' : 'warn'} />
      <span>{text}</span>
    </div>
  )
}
