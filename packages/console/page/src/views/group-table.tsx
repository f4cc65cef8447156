import type { GroupPage, GroupStats } from '../api/channel-contract.ts'
import { short } from '../format/number.ts'
import { languageTag, words } from '../language/language.ts'
import { Mark } from '../parts/mark.tsx'
import { UnreadableCells } from '../parts/unreadable-cells.tsx'
import { hrefOf } from '../state/router.ts'

interface GroupTableProps {
  readonly channel: string
  readonly of: Pick<GroupPage, 'groups' | 'unreadable'>
}

/** The groups of a channel with how far each is behind. */
export function GroupTable({ channel, of: { groups, unreadable = [] } }: GroupTableProps) {
  const { channels: text, figures } = words.value
  return (
    <table class="table groups">
      <thead>
        <tr>
          <th scope="col">{text.group}</th>
          <th scope="col" class="number" title={text.lagHint}>
            {text.lag}
          </th>
          <th scope="col" class="number rank-3">
            {text.returned}
          </th>
          <th scope="col" class="number rank-3">
            {figures.delayed}
          </th>
          <th scope="col" class="number rank-2">
            {figures.running}
          </th>
          <th scope="col" class="number">
            {figures.dead}
          </th>
          <th scope="col" class="number" title={text.lostHint}>
            {text.lost}
          </th>
        </tr>
      </thead>
      <tbody>
        {unreadable.map(({ name, code }) => (
          <tr key={name}>
            <UnreadableCells name={name} href={hrefOf(['channels', channel, 'groups', name])} code={code} others={6} />
          </tr>
        ))}
        {groups.map((group) => (
          <Row key={group.name} channel={channel} group={group} />
        ))}
      </tbody>
    </table>
  )
}

function Row({ channel, group }: { readonly channel: string; readonly group: GroupStats }) {
  const { states } = words.value
  const tag = languageTag.value
  const number = (key: Exclude<keyof GroupStats, 'name' | 'paused'>): string => short(group[key], tag)
  const loud = (key: 'dead' | 'lost', tone: string): string => (group[key] > 0 ? ` tone-${tone}` : '')
  return (
    <tr>
      <th scope="row">
        <a href={hrefOf(['channels', channel, 'groups', group.name])}>
          <Mark name={group.paused ? 'paused' : group.unread > 0 ? 'waiting' : 'good'} />
          <span class="name">{group.name}</span>
          {group.paused && <span class="state">{states.paused}</span>}
        </a>
      </th>
      <td class="number">{number('unread')}</td>
      <td class="number rank-3">{number('returned')}</td>
      <td class="number rank-3">{number('delayed')}</td>
      <td class="number rank-2">{number('running')}</td>
      <td class={`number${loud('dead', 'bad')}`}>{number('dead')}</td>
      <td class={`number${loud('lost', 'warn')}`}>{number('lost')}</td>
    </tr>
  )
}
