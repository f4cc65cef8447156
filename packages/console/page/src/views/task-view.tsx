import type { ComponentChildren } from 'preact'
import { api } from '../api/console-api.ts'
import type { TaskRecord, TaskState, TaskView as Loaded } from '../api/contract.ts'
import { isNotFound } from '../api/problem.ts'
import { preview } from '../format/preview.ts'
import { languageTag, words } from '../language/language.ts'
import { CopyButton } from '../parts/copy-button.tsx'
import { JsonBlock } from '../parts/json-block.tsx'
import { Mark } from '../parts/mark.tsx'
import { Note } from '../parts/note.tsx'
import { Pairs } from '../parts/pairs.tsx'
import { Part } from '../parts/part.tsx'
import { AsOf, LoadError } from '../parts/state-of-load.tsx'
import { useTitle } from '../parts/use-title.ts'
import { When } from '../parts/when.tsx'
import { WhyLine } from '../parts/why-line.tsx'
import { storageNow } from '../state/clock.ts'
import { hrefOf } from '../state/router.ts'
import { useResource } from '../state/use-resource.ts'
import { TaskActions } from './task-actions.tsx'
import { TaskErrors, TaskLogs, TaskTimeline } from './task-past.tsx'
import { TaskFlow } from './task-flow.tsx'
import { shownState, whyMark, whyText } from './why.ts'

const POLL_MS = 2_000

/** All that is known of one task, and above all why it does not run. */
export function TaskView({ queue, id }: { readonly queue: string; readonly id: string }) {
  useTitle(id)
  const loaded = useResource(`task ${JSON.stringify([queue, id])}`, (signal) => api.getTask(queue, id, signal), {
    pollMs: POLL_MS,
  })
  const { data, error } = loaded
  const { queues, task: text } = words.value
  const isGone = isNotFound(error)
  return (
    <>
      <nav class="crumbs" aria-label={words.value.act.back}>
        <a href={hrefOf([])}>{queues.title}</a>
        <a href={hrefOf(['queues', queue], tabOf(data))}>{queue}</a>
      </nav>
      <header class="title">
        <h1>
          {data && <Mark name={shownState(data.task)} />}
          <span class="name mono">{id}</span>
          <CopyButton text={id} what={words.value.list.id} />
        </h1>
        {data && <span class="state">{words.value.states[shownState(data.task)]}</span>}
        {data && !isGone && <TaskActions queue={queue} task={data.task} onDone={loaded.reload} />}
      </header>
      {isGone ? <p class="empty">{text.gone}</p> : <LoadError of={loaded} />}
      {data && !isGone && (
        <>
          <Why view={data} />
          <TaskFlow key={`${queue}/${id}`} queue={queue} id={id} onDone={loaded.reload} />
          <Body queue={queue} task={data.task} />
          <AsOf of={{ ...loaded, isLoading: false }} />
        </>
      )}
    </>
  )
}

function tabOf(data: Loaded | undefined): Readonly<Record<string, string | undefined>> {
  const state = data?.task.state
  if (state === undefined || state === 'waiting') return {}
  return { tab: data?.task.blocked ? 'blocked' : hasEnded(state) ? 'ended' : state }
}

/** What died is among the dead letters. */
function hasEnded(state: TaskState): boolean {
  return state === 'completed' || state === 'cancelled' || state === 'expired'
}

function Why({ view }: { readonly view: Loaded }) {
  const { task: text } = words.value
  const { state } = view.task
  const isPending = state === 'waiting' || state === 'delayed'
  const title = isPending ? text.why : state === 'running' ? text.whyRunning : text.whyEnded
  return <WhyLine mark={whyMark(view)} title={title} text={whyText(view, words.value, languageTag.value)} />
}

interface BodyProps {
  readonly queue: string
  readonly task: TaskRecord
}

function Body({ queue, task }: BodyProps) {
  const { task: text } = words.value
  const errors = task.errors ?? (task.error === undefined ? [] : [task.error])
  return (
    <div class="columns">
      <div>
        {task.malformed && <Note>{text.malformed}</Note>}
        {task.result !== undefined && (
          <Part title={text.result}>
            <JsonBlock name={text.result} value={task.result} />
          </Part>
        )}
        {task.progress !== undefined && (
          <Part title={text.progress}>
            <Progress value={task.progress} />
          </Part>
        )}
        {errors.length > 0 && (
          <Part title={text.errors}>
            <TaskErrors errors={errors} />
          </Part>
        )}
        <Part title={text.payload}>
          {task.payload === undefined ? (
            <p class="faint">{hasEnded(task.state) ? text.notKept : text.withheld}</p>
          ) : (
            <JsonBlock name={text.payload} value={task.payload} />
          )}
        </Part>
        {task.logs !== undefined && task.logs.length > 0 && (
          <Part title={text.logs}>
            <TaskLogs logs={task.logs} dropped={task.logsDropped ?? 0} />
          </Part>
        )}
      </div>
      <div>
        <Part title={text.facts}>
          <Facts queue={queue} task={task} />
        </Part>
        <Part title={text.headers}>
          <Headers of={task.headers} />
        </Part>
        {task.timeline !== undefined && task.timeline.length > 0 && (
          <Part title={text.timeline}>
            <TaskTimeline entries={task.timeline} />
          </Part>
        )}
      </div>
    </div>
  )
}

function Facts({ queue, task }: BodyProps) {
  const { task: text, list, ofKeys } = words.value
  const now = storageNow()
  const rows: readonly (readonly [name: string, value: ComponentChildren])[] = [
    ...(task.enqueuedAt === undefined ? [] : [[text.enqueuedAt, <When at={task.enqueuedAt} />] as const]),
    ...(task.dueInMs === undefined ? [] : [[text.due, <When at={now + task.dueInMs} />] as const]),
    ...(task.expiresAt === undefined ? [] : [[text.expires, <Expiry at={task.expiresAt} now={now} />] as const]),
    ...(task.leaseEndsInMs === undefined ? [] : [[text.leaseEnds, <When at={now + task.leaseEndsInMs} />] as const]),
    ...(task.endedAt === undefined ? [] : [[text.endedAt, <When at={task.endedAt} />] as const]),
    ...(task.key === undefined
      ? []
      : [[ofKeys.key, <a href={hrefOf(['queues', queue, 'keys', task.key])}>{task.key}</a>] as const]),
    ...(task.priority === undefined ? [] : [[list.priority, task.priority] as const]),
    ...(task.failures === undefined || task.attempts === undefined
      ? []
      : [[list.tries, text.attemptsOf(String(task.failures), String(task.attempts))] as const]),
    ...(task.crashes ? [[text.crashes, text.times(String(task.crashes), task.crashes)] as const] : []),
    ...(task.reason ? [[list.reason, task.reason] as const] : []),
  ]
  return <Pairs rows={rows} />
}

function Expiry({ at, now }: { readonly at: number; readonly now: number }) {
  return (
    <>
      <When at={at} />
      {at <= now && <span class="tone-warn"> {words.value.task.isTooLate}</span>}
    </>
  )
}

function Headers({ of }: { readonly of: TaskRecord['headers'] }) {
  // What redaction leaves may be of any kind.
  if (of !== undefined && (typeof of !== 'object' || of === null)) return <p class="faint mono">{preview(of)}</p>
  const rows = Object.entries(of ?? {}).map(
    ([name, value]) => [name, <span class="mono">{typeof value === 'string' ? value : preview(value)}</span>] as const,
  )
  return rows.length === 0 ? <p class="faint">{words.value.task.none}</p> : <Pairs rows={rows} />
}

/** A number from 0 to 1, or to 100, is a bar; whatever else a handler reports is shown as it is. */
function Progress({ value }: { readonly value: unknown }) {
  const { progress } = words.value.task
  if (typeof value !== 'number' || !(value >= 0 && value <= 100)) return <JsonBlock name={progress} value={value} />
  const most = value <= 1 ? 1 : 100
  return (
    <p class="progress">
      <progress aria-label={progress} max={most} value={value} />
      <span>{Math.round((value / most) * 100)} %</span>
    </p>
  )
}
