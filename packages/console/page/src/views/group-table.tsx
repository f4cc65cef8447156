import type { GroupPage, GroupStats, GroupSummary } from '../api/channel-contract.ts'
import { short } from '../format/number.ts'
import { duration } from '../format/time.ts'
import { languageTag, words } from '../language/language.ts'
import { Mark } from '../parts/mark.tsx'
import { Name } from '../parts/name.tsx'
import { UnreadableCells } from '../parts/unreadable-cells.tsx'
import { hrefOf } from '../state/router.ts'

interface GroupTableProps {
  /** Undefined: those of all channels. */
  readonly channel?: string | undefined
  readonly of: {
    readonly groups: readonly (GroupStats | GroupSummary)[]
    readonly unreadable?: readonly Named[] | undefined
  }
}

type Named = NonNullable<GroupPage['unreadable']>[number] & { readonly channel?: string | undefined }

/** Groups with how far each is behind. */
export function GroupTable({ channel, of: { groups, unreadable = [] } }: GroupTableProps) {
  const { channels: text, figures } = words.value
  const ofAll = channel === undefined
  const hrefOfGroup = (of: string, name: string): string => hrefOf(['channels', of, 'groups', name])
  return (
    <table class="table groups">
      <thead>
        <tr>
          <th scope="col">{text.group}</th>
          <th scope="col" class="number" title={text.lagHint}>
            {text.lag}
          </th>
          <th scope="col" class="number rank-3">
            {figures.oldestWait}
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
          <th scope="col" class={`number${ofAll ? ' rank-2' : ''}`} title={text.lostHint}>
            {text.lost}
          </th>
          {ofAll && (
            <th scope="col" class="number rank-2">
              {text.members}
            </th>
          )}
        </tr>
      </thead>
      <tbody>
        {unreadable.map(({ name, code, channel: of = channel ?? '' }) => (
          <tr key={`${of} ${name}`} data-row={ofAll}>
            <UnreadableCells name={name} href={hrefOfGroup(of, name)} code={code} others={ofAll ? 8 : 7} />
          </tr>
        ))}
        {groups.map((group) => {
          const of = channel ?? ('channel' in group ? group.channel : '')
          return <Row key={`${of} ${group.name}`} href={hrefOfGroup(of, group.name)} group={group} />
        })}
      </tbody>
    </table>
  )
}

function Row({ href, group }: { readonly href: string; readonly group: GroupStats | GroupSummary }) {
  const { states, channels, figures } = words.value
  const tag = languageTag.value
  const number = (key: Exclude<keyof GroupStats, 'name' | 'paused' | 'oldestWaitMs'>): string => short(group[key], tag)
  const loud = (key: 'dead' | 'lost', tone: string): string => (group[key] > 0 ? ` tone-${tone}` : '')
  const isLeft = 'members' in group && isLeftAlone(group)
  return (
    <tr data-row={'members' in group}>
      <th scope="row">
        <a href={href}>
          <Mark name={group.paused ? 'paused' : isLeft ? 'bad' : group.unread > 0 ? 'waiting' : 'good'} />
          <Name of={group.name} />
          {'channel' in group && (
            <span class="state of" title={group.channel}>
              {group.channel}
            </span>
          )}
          {group.paused && <span class="state">{states.paused}</span>}
          {isLeft && !group.paused && <span class="state tone-bad">{channels.noMember}</span>}
        </a>
      </th>
      <td class="number">{number('unread')}</td>
      <td class="number rank-3">
        {group.oldestWaitMs === undefined ? figures.none : duration(group.oldestWaitMs, tag)}
      </td>
      <td class="number rank-3">{number('returned')}</td>
      <td class="number rank-3">{number('delayed')}</td>
      <td class="number rank-2">{number('running')}</td>
      <td class={`number${loud('dead', 'bad')}`}>{number('dead')}</td>
      <td class={`number${loud('lost', 'warn')}${'members' in group ? ' rank-2' : ''}`}>{number('lost')}</td>
      {'members' in group && <td class={`number rank-2${isLeft ? ' tone-bad' : ''}`}>{short(group.members, tag)}</td>}
    </tr>
  )
}

/** Messages wait for it, or were left, and no member is there. */
export function isLeftAlone({ members, unread, returned, overdue, running }: GroupSummary): boolean {
  return members === 0 && unread + returned + overdue + running > 0
}
