import { api } from '../api/console-api.ts'
import type { GroupStats } from '../api/channel-contract.ts'
import { short } from '../format/number.ts'
import { languageTag, words } from '../language/language.ts'
import { describe } from '../parts/attempt.ts'
import { Mark } from '../parts/mark.tsx'
import { hrefOf } from '../state/router.ts'
import { useResource } from '../state/use-resource.ts'

const POLL_MS = 3_000
/** Of a channel with more groups, these are shown with figures. */
const MOST = 50

/** The groups of a channel with how far each is behind. */
export function GroupTable({ channel, groups }: { readonly channel: string; readonly groups: readonly string[] }) {
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
        {groups.slice(0, MOST).map((group) => (
          <Row key={group} channel={channel} group={group} />
        ))}
      </tbody>
    </table>
  )
}

function Row({ channel, group }: { readonly channel: string; readonly group: string }) {
  const { states } = words.value
  const { data, error } = useResource(
    `group ${JSON.stringify([channel, group])}`,
    (signal) => api.getGroup(channel, group, signal),
    { pollMs: POLL_MS },
  )
  const tag = languageTag.value
  const number = (key: Exclude<keyof GroupStats, 'name' | 'paused'>): string =>
    data?.[key] === undefined ? '–' : short(data[key], tag)
  const loud = (key: 'dead' | 'lost', tone: string): string =>
    data !== undefined && data[key] > 0 ? ` tone-${tone}` : ''
  return (
    <tr>
      <th scope="row">
        <a href={hrefOf(['channels', channel, 'groups', group])}>
          <Mark name={data?.paused ? 'paused' : data !== undefined && data.unread > 0 ? 'waiting' : 'good'} />
          <span class="name">{group}</span>
          {data?.paused && <span class="state">{states.paused}</span>}
          {error !== undefined && <span class="state tone-warn">{describe(error).text}</span>}
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
