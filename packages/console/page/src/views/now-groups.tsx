import type { GroupSummary } from '../api/channel-contract.ts'
import type { Overview } from '../api/overview-contract.ts'
import { words } from '../language/language.ts'
import { Note } from '../parts/note.tsx'
import { matchesSearch, search } from '../state/search.ts'
import { GroupTable, isLeftAlone } from './group-table.tsx'

/** The consumer groups of all channels, those that need somebody first. */
export function NowGroups({ known: { groups, unreadable, moreGroups } }: { readonly known: Overview }) {
  const { channels: text } = words.value
  const hidden = unreadable.flatMap(({ what, name = '', channel, code }) =>
    what === 'group' && matchesSearch(name, channel) ? [{ name, channel, code }] : [],
  )
  const shown = groups.filter(({ name, channel }) => matchesSearch(name, channel))
  if (groups.length + hidden.length === 0) return null
  if (shown.length + hidden.length === 0 && search.value !== '') return null
  return (
    <section class="block">
      <h2>{text.groups}</h2>
      <GroupTable of={{ groups: shown.toSorted((one, other) => needOf(other) - needOf(one)), unreadable: hidden }} />
      {moreGroups && <Note>{text.more}</Note>}
    </section>
  )
}

function needOf(group: GroupSummary): number {
  if (isLeftAlone(group)) return 3
  if (group.dead > 0) return 2
  return group.paused ? 1 : 0
}
