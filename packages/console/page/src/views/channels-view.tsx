import { useState } from 'preact/hooks'
import { api } from '../api/console-api.ts'
import type { ChannelEntry } from '../api/channel-contract.ts'
import { words } from '../language/language.ts'
import { attempt } from '../parts/attempt.ts'
import { ListHead } from '../parts/list-head.tsx'
import { More } from '../parts/more.tsx'
import { LoadError } from '../parts/state-of-load.tsx'
import { useTitle } from '../parts/use-title.ts'
import { hrefOf } from '../state/router.ts'
import { matchesSearch } from '../state/search.ts'
import { useResource } from '../state/use-resource.ts'
import { ChannelGroups } from './channel-groups.tsx'

const POLL_MS = 10_000
/** Of a channel's groups; ten channels together ask this often, more of them together no more often. */
const POLL_GROUPS_MS = 3_000

/** Every channel with its groups. */
export function ChannelsView() {
  const { channels: text, palette, states } = words.value
  useTitle(text.title)
  const loaded = useResource('channels', (signal) => api.listChannels(undefined, signal), { pollMs: POLL_MS })
  const { data } = loaded
  const [more, setMore] = useState<
    { readonly channels: readonly ChannelEntry[]; readonly next: string | undefined } | undefined
  >(undefined)
  const all = [...(data?.channels ?? []), ...(more?.channels ?? [])]
  const shown = all.filter(({ name, groups }) => matchesSearch(name, ...groups))
  const next = more === undefined ? data?.next : more.next
  const pollMs = POLL_GROUPS_MS * Math.max(1, shown.length / 10)

  async function loadMore(): Promise<void> {
    const page = await attempt(() => api.listChannels(next))
    if (page !== undefined) setMore({ channels: [...(more?.channels ?? []), ...page.channels], next: page.next })
  }
  return (
    <section class="block">
      <ListHead title={text.title} label={text.filter} of={loaded} />
      <LoadError of={loaded} />
      {data !== undefined && shown.length === 0 && <p class="empty">{all.length === 0 ? text.empty : palette.empty}</p>}
      <ul class="channels">
        {shown.map(({ name, groups, unreadable }) => (
          <li key={name} data-row>
            <h2>
              <a href={hrefOf(['channels', name])}>{name}</a>
            </h2>
            {unreadable !== undefined ? (
              <p class="state tone-bad">
                {states.unreadable}: {unreadable}
              </p>
            ) : groups.length === 0 ? (
              <p class="faint">{text.noGroups}</p>
            ) : (
              <ChannelGroups channel={name} pollMs={pollMs} />
            )}
          </li>
        ))}
      </ul>
      {next !== undefined && <More onMore={loadMore} />}
    </section>
  )
}
