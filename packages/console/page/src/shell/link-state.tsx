import { clock, duration } from '../format/time.ts'
import { languageTag, words } from '../language/language.ts'
import { Mark } from '../parts/mark.tsx'
import type { MarkName } from '../parts/mark.tsx'
import { clockNow } from '../state/clock.ts'
import { heardAt, link, storageAway } from '../state/live.ts'
import { staleSince } from '../state/is-old.ts'
import { goneSince } from '../state/session.ts'

/** Whether what is shown is of now, and from when it is. */
export function LinkState() {
  const { live: text, times } = words.value
  const now = clockNow.value
  const tag = languageTag.value
  const heard = heardAt.value
  const [mark, state] = stateOf(heard === undefined ? undefined : duration(now - heard, tag))
  const title = heard === undefined ? undefined : times.at(clock(heard, now, tag))
  return (
    <span class="link-state" role="status" title={link.value === 'polling' ? `${text.pollingWhy} ${title}` : title}>
      <Mark name={mark} />
      <span class="link-text">{state}</span>
      {heard !== undefined && (
        <span class="link-time" aria-hidden="true">
          {clock(heard, now, tag)}
        </span>
      )}
    </span>
  )
}

/** `age`: of the last news; undefined: none came yet. */
function stateOf(age: string | undefined): readonly [MarkName, string] {
  const { live } = words.value
  if (goneSince.value !== undefined) return ['away', live.gone]
  if (storageAway.value) return ['away', live.away]
  if (age === undefined) return ['plain', live.connecting]
  if (staleSince.value !== undefined) return ['warn', live.stale(age)]
  if (link.value === 'live') return ['good', live.live]
  return ['plain', link.value === 'polling' ? live.polling : live.connecting]
}
