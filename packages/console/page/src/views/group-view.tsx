import { api } from '../api/console-api.ts'
import type { GroupLetter, GroupStats } from '../api/channel-contract.ts'
import type { TaskEntry } from '../api/contract.ts'
import { duration } from '../format/time.ts'
import { short, whole } from '../format/number.ts'
import { languageTag, words } from '../language/language.ts'
import { CopyButton } from '../parts/copy-button.tsx'
import { Figure } from '../parts/figure.tsx'
import { Mark } from '../parts/mark.tsx'
import { Note } from '../parts/note.tsx'
import { LoadError } from '../parts/state-of-load.tsx'
import { useTitle } from '../parts/use-title.ts'
import { hrefOf } from '../state/router.ts'
import { useResource } from '../state/use-resource.ts'
import { DeadActions } from './dead-actions.tsx'
import { GroupActions } from './group-actions.tsx'
import { GroupWhy } from './group-why.tsx'
import { TaskTable } from './task-table.tsx'

const POLL_MS = 2_000

/** One group of a channel: how far it is behind, what it lost, and its dead letters. */
export function GroupView({ channel, name }: { readonly channel: string; readonly name: string }) {
  const { channels: text, states } = words.value
  useTitle(name)
  const loaded = useResource(
    `group ${JSON.stringify([channel, name])}`,
    (signal) => api.getGroup(channel, name, signal),
    { pollMs: POLL_MS },
  )
  const { data } = loaded
  return (
    <>
      <nav class="crumbs" aria-label={words.value.act.back}>
        <a href={hrefOf(['channels'])}>{text.title}</a>
        <a href={hrefOf(['channels', channel])}>{channel}</a>
      </nav>
      <header class="title">
        <h1>
          {data && <Mark name={data.paused ? 'paused' : 'good'} />}
          <span class="name">{name}</span>
          <CopyButton text={name} what={text.group} />
        </h1>
        {data && <span class="state">{data.paused ? states.paused : states.flowing}</span>}
        {data && <GroupActions channel={channel} group={data} name={name} onDone={loaded.reload} />}
      </header>
      <LoadError of={loaded} />
      {data && <GroupWhy key={JSON.stringify([channel, name])} channel={channel} name={name} />}
      {data && <Figures group={data} />}
      <section class="block">
        <h2>{text.dead}</h2>
        <TaskTable
          listKey={JSON.stringify(['group', channel, name])}
          queue={undefined}
          state="dead"
          search=""
          load={async (after, signal) => {
            const page = await api.listGroupDead(channel, name, after, signal)
            return { items: page.letters.map(entryOf), next: page.next }
          }}
          actions={(selected, done) => (
            <DeadActions
              of={name}
              letters={selected}
              redrive={(body) => api.redriveGroupDead(channel, name, body)}
              discard={(body) => api.discardGroupDead(channel, name, body)}
              onDone={done}
            />
          )}
        />
      </section>
    </>
  )
}

function Figures({ group }: { readonly group: GroupStats }) {
  const { channels: text, figures, queue } = words.value
  const tag = languageTag.value
  const { deadDropped, foreign } = group
  return (
    <>
      <dl class="figures">
        <Figure name={text.lag} unit={group.blocked > 0 ? text.blocked(short(group.blocked, tag)) : undefined}>
          {short(group.unread, tag)}
        </Figure>
        <Figure name={figures.oldestWait}>
          {group.oldestWaitMs === undefined ? figures.none : duration(group.oldestWaitMs, tag)}
        </Figure>
        <Figure name={text.returned}>{short(group.returned, tag)}</Figure>
        <Figure
          name={figures.delayed}
          unit={group.overdue > 0 ? figures.overdue(short(group.overdue, tag)) : undefined}
        >
          {short(group.delayed, tag)}
        </Figure>
        <Figure name={figures.running}>{short(group.running, tag)}</Figure>
        <Figure name={figures.dead} tone={group.dead > 0 ? 'bad' : undefined}>
          {short(group.dead, tag)}
        </Figure>
        <Figure name={text.lost} tone={group.lost > 0 ? 'warn' : undefined}>
          {short(group.lost, tag)}
        </Figure>
      </dl>
      {deadDropped > 0 && <Note>{queue.dropped(whole(deadDropped, tag))}</Note>}
      {foreign > 0 && <Note>{queue.foreign(whole(foreign, tag))}</Note>}
    </>
  )
}

/** A dead letter as a row of a list of tasks. */
function entryOf({ id, reason, error, payload, diedAt, enqueuedAt, failures, crashes }: GroupLetter): TaskEntry {
  const common = { id, state: 'dead', reason, payload, endedAt: diedAt, enqueuedAt, failures, crashes } as const
  return error === undefined ? common : { ...common, error }
}
