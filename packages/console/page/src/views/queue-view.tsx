import { useState } from 'preact/hooks'
import { api } from '../api/console-api.ts'
import type { QueueSummary } from '../api/contract.ts'
import { rate, short, whole } from '../format/number.ts'
import { duration } from '../format/time.ts'
import { languageTag, words } from '../language/language.ts'
import { CopyButton } from '../parts/copy-button.tsx'
import { Figure, PercentileFigure } from '../parts/figure.tsx'
import { Mark } from '../parts/mark.tsx'
import { Note } from '../parts/note.tsx'
import { LoadError } from '../parts/state-of-load.tsx'
import { useTitle } from '../parts/use-title.ts'
import { overview } from '../state/live.ts'
import { hrefOf } from '../state/router.ts'
import { useResource } from '../state/use-resource.ts'
import { QueueActions } from './queue-actions.tsx'
import { QueueCharts } from './queue-charts.tsx'
import { stateOf } from './queue-state.ts'
import { QueueKeys } from './queue-keys.tsx'
import { QueueLimits } from './queue-limits.tsx'
import { QueueSchedules } from './queue-schedules.tsx'
import { QueueSections } from './queue-sections.tsx'
import type { Section } from './queue-sections.tsx'
import { QueueTasks } from './queue-tasks.tsx'

const POLL_MS = 2_000
/** A scheduler looks each 10 s. */
const STANDS_MS = 15_000

/** One queue: how it is, its past, and its tasks by state. */
export function QueueView({ name, section }: { readonly name: string; readonly section: Section }) {
  useTitle(name)
  const loaded = useResource(`queue ${name}`, (signal) => api.getQueue(name, signal), { pollMs: POLL_MS })
  const queue = loaded.data ?? overview.value?.queues.find((one) => one.name === name)
  return (
    <>
      <nav class="crumbs" aria-label={words.value.act.back}>
        <a href={hrefOf([])}>{words.value.queues.title}</a>
      </nav>
      <header class="title">
        <h1>
          {queue && <Mark name={stateOf(queue).mark} />}
          <span class="name">{name}</span>
          <CopyButton text={name} what={words.value.queues.name} />
        </h1>
        {queue && <span class="state">{stateOf(queue).text}</span>}
        {queue && <QueueActions queue={queue} onDone={loaded.reload} />}
      </header>
      <LoadError of={loaded} />
      {queue && <QueueFigures queue={queue} />}
      {queue?.outcomes && (
        <p>
          <a href={hrefOf(['channels', `${name}:outcomes`])}>{words.value.queue.outcomes}</a>
        </p>
      )}
      <QueueSections name={name} open={section} queue={queue} />
      {section === 'keys' && <QueueKeys name={name} />}
      {section === 'limits' && <QueueLimits name={name} queue={queue} />}
      {section === 'schedules' && <QueueSchedules name={name} />}
      {section === 'tasks' && <Tasks name={name} queue={queue} />}
    </>
  )
}

function Tasks({ name, queue }: { readonly name: string; readonly queue: QueueSummary | undefined }) {
  const [showsCharts, showCharts] = useState(true)
  return (
    <>
      <details class="block" open={showsCharts} onToggle={({ currentTarget }) => showCharts(currentTarget.open)}>
        <summary>
          <h2>{words.value.queue.charts}</h2>
        </summary>
        {showsCharts && <QueueCharts name={name} />}
      </details>
      <QueueTasks name={name} queue={queue} />
    </>
  )
}

function QueueFigures({ queue }: { readonly queue: QueueSummary }) {
  const { figures, queue: text } = words.value
  const tag = languageTag.value
  const { perSecond, totals, deadDropped, foreign, displaced, overdue, lapsed, schedules } = queue
  const waits = queue.waiting + overdue + lapsed
  const n = (value: number): string => whole(value, tag)
  return (
    <>
      <dl class="figures">
        <Figure name={figures.oldestWait}>
          {queue.oldestWaitMs === undefined ? figures.none : duration(queue.oldestWaitMs, tag)}
        </Figure>
        <Figure name={figures.workers} tone={queue.workers === 0 && waits > 0 ? 'bad' : undefined}>
          {short(queue.workers, tag)}
        </Figure>
        <Figure name={figures.enqueued} unit={figures.perSecond}>
          {perSecond ? rate(perSecond.enqueued, tag) : figures.none}
        </Figure>
        <Figure name={figures.done} unit={figures.perSecond}>
          {perSecond ? rate(perSecond.completed, tag) : figures.none}
        </Figure>
        <Figure name={figures.failed} unit={figures.perSecond} tone={perSecond?.failed ? 'warn' : undefined}>
          {perSecond ? rate(perSecond.failed, tag) : figures.none}
        </Figure>
        <PercentileFigure name={figures.waitTime} of={queue.waitMs} />
        <PercentileFigure name={figures.runTime} of={queue.runMs} />
      </dl>
      <p class="faint totals">
        {text.totals}:{' '}
        {text.totalsLine(
          n(totals.enqueued),
          n(totals.completed),
          n(totals.failed),
          n(totals.retried),
          n(totals.expired),
          n(totals.cancelled),
        )}
      </p>
      {overdue > 0 && queue.workers === 0 && <Note>{text.overdue(n(overdue), overdue)}</Note>}
      {schedules !== undefined && schedules.due > 0 && (schedules.dueForMs ?? 0) > STANDS_MS && (
        <Note>
          {words.value.schedules.nobody(n(schedules.due), schedules.due, duration(schedules.dueForMs ?? 0, tag))}
        </Note>
      )}
      {lapsed > 0 && <Note>{text.lapsed(n(lapsed), lapsed)}</Note>}
      {deadDropped > 0 && <Note>{text.dropped(n(deadDropped))}</Note>}
      {foreign > 0 && <Note>{text.foreign(n(foreign))}</Note>}
      {queue.chores && queue.workers === 0 ? <Note>{text.chores(n(queue.chores))}</Note> : null}
      {queue.inbox ? <Note>{text.inbox(n(queue.inbox))}</Note> : null}
      {displaced > 0 && <Note>{text.displaced(n(displaced))}</Note>}
      {queue.partitions?.former.map(({ of, tasks, dead }, i) => (
        <Note key={i}>{text.former(n(queue.partitions!.of), n(of), n(tasks), n(dead))}</Note>
      ))}
    </>
  )
}
