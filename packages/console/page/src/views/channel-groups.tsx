import { useState } from 'preact/hooks'
import { api } from '../api/console-api.ts'
import type { GroupPage } from '../api/channel-contract.ts'
import { words } from '../language/language.ts'
import { attempt } from '../parts/attempt.ts'
import { More } from '../parts/more.tsx'
import { LoadError } from '../parts/state-of-load.tsx'
import { useResource } from '../state/use-resource.ts'
import { GroupTable } from './group-table.tsx'

interface ChannelGroupsProps {
  readonly channel: string
  readonly pollMs: number
}

/** The groups of a channel, as one request brings them; those behind them when the reader asks. */
export function ChannelGroups({ channel, pollMs }: ChannelGroupsProps) {
  const loaded = useResource(`groups of ${channel}`, (signal) => api.listGroups(channel, undefined, signal), { pollMs })
  const [more, setMore] = useState<GroupPage | undefined>(undefined)
  const { data } = loaded
  const next = more === undefined ? data?.next : more.next
  const groups = [...(data?.groups ?? []), ...(more?.groups ?? [])]
  const unreadable = [...(data?.unreadable ?? []), ...(more?.unreadable ?? [])]

  async function loadMore(): Promise<void> {
    const page = await attempt(() => api.listGroups(channel, next))
    if (page === undefined) return
    setMore({
      ...page,
      groups: [...(more?.groups ?? []), ...page.groups],
      unreadable: [...(more?.unreadable ?? []), ...(page.unreadable ?? [])],
    })
  }
  return (
    <>
      <LoadError of={loaded} />
      {data !== undefined && groups.length + unreadable.length === 0 && (
        <p class="faint none">{words.value.channels.noGroups}</p>
      )}
      {groups.length + unreadable.length > 0 && <GroupTable channel={channel} of={{ groups, unreadable }} />}
      {next !== undefined && <More onMore={loadMore} />}
    </>
  )
}
