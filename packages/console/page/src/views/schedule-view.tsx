import type { ComponentChildren } from 'preact'
import { api } from '../api/console-api.ts'
import type { Schedule, ScheduleDetail } from '../api/schedule-contract.ts'
import { isNotFound } from '../api/problem.ts'
import { duration } from '../format/time.ts'
import { languageTag, words } from '../language/language.ts'
import { CopyButton } from '../parts/copy-button.tsx'
import { JsonBlock } from '../parts/json-block.tsx'
import { Mark } from '../parts/mark.tsx'
import type { MarkName } from '../parts/mark.tsx'
import { Pairs } from '../parts/pairs.tsx'
import { Part } from '../parts/part.tsx'
import { AsOf, LoadError } from '../parts/state-of-load.tsx'
import { useTitle } from '../parts/use-title.ts'
import { When } from '../parts/when.tsx'
import { WhyLine } from '../parts/why-line.tsx'
import { hrefOf } from '../state/router.ts'
import { useResource } from '../state/use-resource.ts'
import { Nobody } from './queue-schedules.tsx'
import { ScheduleActions } from './schedule-actions.tsx'
import { ruleText, SCHEDULE_MARKS } from './schedule-rule.ts'

const POLL_MS = 3_000

/** One schedule: when it ticks next, or why it does not, and what each tick adds. */
export function ScheduleView({ queue, name }: { readonly queue: string; readonly name: string }) {
  useTitle(name)
  const { schedules: text, queues, sections } = words.value
  const loaded = useResource(
    `schedule ${JSON.stringify([queue, name])}`,
    (signal) => api.getSchedule(queue, name, signal),
    { pollMs: POLL_MS },
  )
  const { data, error } = loaded
  const isGone = isNotFound(error)
  return (
    <>
      <nav class="crumbs" aria-label={words.value.act.back}>
        <a href={hrefOf([])}>{queues.title}</a>
        <a href={hrefOf(['queues', queue])}>{queue}</a>
        <a href={hrefOf(['queues', queue, 'schedules'])}>{sections.schedules}</a>
      </nav>
      <header class="title">
        <h1>
          {data && <Mark name={markOf(data)} />}
          <span class="name">{name}</span>
          <CopyButton text={name} what={text.schedule} />
        </h1>
        {data && <span class="state">{text.states[data.schedule.state]}</span>}
        {data && !isGone && <ScheduleActions queue={queue} schedule={data.schedule} onDone={loaded.reload} />}
      </header>
      {isGone ? <p class="empty">{text.gone}</p> : <LoadError of={loaded} />}
      {data && !isGone && (
        <>
          <Why detail={data} />
          {data.why.because === 'no-ticker' && <Nobody ticking={data} />}
          <div class="columns">
            <div>
              <Part title={text.nextOnes}>
                <NextTicks at={data.next} timeZone={data.schedule.timeZone} />
              </Part>
              <Part title={words.value.task.payload}>
                <JsonBlock name={words.value.task.payload} value={data.schedule.payload} />
              </Part>
            </div>
            <div>
              <Part title={words.value.task.facts}>
                <Facts queue={queue} schedule={data.schedule} />
              </Part>
              {Object.keys(data.schedule.options ?? {}).length > 0 && (
                <Part title={text.options}>
                  <JsonBlock name={text.options} value={data.schedule.options} />
                </Part>
              )}
            </div>
          </div>
          <AsOf of={{ ...loaded, isLoading: false }} />
        </>
      )}
    </>
  )
}

function Why({ detail }: { readonly detail: ScheduleDetail }) {
  const { schedules: text } = words.value
  const { why, schedule, at } = detail
  const left = Math.max(0, (schedule.nextAt ?? at) - at)
  return <WhyLine mark={markOf(detail)} title={text.why} text={whyText(why, left)} />
}

function markOf({ why, schedule }: ScheduleDetail): MarkName {
  return why.because === 'no-ticker' ? 'bad' : SCHEDULE_MARKS[schedule.state]
}

function whyText({ because, text }: ScheduleDetail['why'], leftMs: number): string {
  const { because: words_ } = words.value.schedules
  const left = duration(Math.round(leftMs / 1_000) * 1_000, languageTag.value)
  switch (because) {
    case 'not-due':
    case 'not-begun':
      return words_[because](left)
    case 'invalid':
    case 'paused':
    case 'over':
    case 'due':
    case 'no-ticker':
      return words_[because]
    default:
      return text
  }
}

/** In the zone of the schedule, and in the reader's. */
function NextTicks({ at, timeZone }: { readonly at: readonly number[]; readonly timeZone: string | undefined }) {
  if (at.length === 0) return <p class="faint">{words.value.schedules.noNext}</p>
  return (
    <ol class="ticks">
      {at.map((tick) => (
        <li key={tick}>
          <When at={tick} />
          {timeZone !== undefined && <span class="faint mono">{inZone(tick, timeZone)}</span>}
        </li>
      ))}
    </ol>
  )
}

function inZone(at: number, timeZone: string): string {
  try {
    const format = new Intl.DateTimeFormat(languageTag.value, {
      timeZone,
      weekday: 'short',
      hour: '2-digit',
      minute: '2-digit',
      second: '2-digit',
      hourCycle: 'h23',
    })
    return `${format.format(at)} ${timeZone}`
  } catch {
    return timeZone
  }
}

function Facts({ queue, schedule }: { readonly queue: string; readonly schedule: Schedule }) {
  const { schedules: text } = words.value
  const tag = languageTag.value
  const { timeZone, missed, jitterMs, from, until, lastAt, lastTask } = schedule
  const rows: readonly (readonly [string, ComponentChildren])[] = [
    [text.rule, <span class="mono">{ruleText(schedule)}</span>],
    ...(timeZone === undefined ? [] : [[text.zone, timeZone] as const]),
    ...(missed === undefined ? [] : [[text.missed, text.missedAs[missed]] as const]),
    ...(jitterMs ? [[text.spread, text.upTo(duration(jitterMs, tag))] as const] : []),
    ...(from === undefined ? [] : [[text.from, <When at={from} />] as const]),
    ...(until === undefined ? [] : [[text.until, <When at={until} />] as const]),
    [text.last, <When at={lastAt} />],
    ...(lastTask === undefined
      ? []
      : [
          [
            text.lastTask,
            <a class="mono" href={hrefOf(['queues', queue, 'tasks', lastTask])}>
              {lastTask}
            </a>,
          ] as const,
        ]),
  ]
  return <Pairs rows={rows} />
}
