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
  const { live, times } = words.value
  const now = clockNow.value
  const tag = languageTag.value
  const heard = heardAt.value
  const age = heard === undefined ? 0 : now - heard
  const [mark, text]: readonly [MarkName, string] =
    goneSince.value !== undefined
      ? ['away', live.gone]
      : storageAway.value
        ? ['away', live.away]
        : heard === undefined
          ? ['plain', live.connecting]
          : staleSince.value !== undefined
            ? ['warn', live.stale(duration(age, tag))]
            : link.value === 'polling'
              ? ['plain', live.polling]
              : link.value === 'live'
                ? ['good', live.live]
                : ['plain', live.connecting]
  const title = heard === undefined ? undefined : times.at(clock(heard, now, tag))
  return (
    <span class="link-state" role="status" title={link.value === 'polling' ? `${live.pollingWhy} ${title}` : title}>
      <Mark name={mark} />
      <span class="link-text">{text}</span>
      {heard !== undefined && (
        <span class="link-time" aria-hidden="true">
          {clock(heard, now, tag)}
        </span>
      )}
    </span>
  )
}
