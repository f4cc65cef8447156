import { useState } from 'preact/hooks'
import { api } from '../api/console-api.ts'
import type { Schedule, Ticking } from '../api/schedule-contract.ts'
import { languageTag, words } from '../language/language.ts'
import { duration } from '../format/time.ts'
import { Action } from '../parts/action.tsx'
import { More } from '../parts/more.tsx'
import { Note } from '../parts/note.tsx'
import { AsOf, LoadError } from '../parts/state-of-load.tsx'
import { usePages } from '../state/use-pages.ts'
import { ScheduleDialog } from './schedule-dialog.tsx'
import { ScheduleColumns, ScheduleRow } from './schedule-row.tsx'

const POLL_MS = 4_000

/** The schedules of a queue, the next to tick first, and whether anybody ticks them. */
export function QueueSchedules({ name }: { readonly name: string }) {
  const { schedules: text } = words.value
  const [ticking, setTicking] = useState<Ticking | undefined>(undefined)
  const [isCreating, setCreating] = useState(false)
  const pages = usePages<Schedule>(`schedules ${name}`, {
    load: async (after, signal) => {
      const { schedules, next, ...seen } = await api.listSchedules(name, after, signal)
      setTicking(seen)
      return { items: schedules, next }
    },
    idOf: (schedule) => schedule.name,
    pollMs: POLL_MS,
    isHeld: () => false,
  })
  const { items, hasMore, isLoading, error, loadMore, reload } = pages
  return (
    <section class="block">
      <header class="block-head">
        <h2>{text.title}</h2>
        <Action onAct={() => setCreating(true)}>{text.create}</Action>
        <AsOf of={pages} />
      </header>
      <LoadError of={pages} />
      {items.length > 0 && ticking !== undefined && <Nobody ticking={ticking} />}
      {items.length > 0 && (
        <table class="table schedules">
          <ScheduleColumns />
          <tbody>
            {items.map((schedule) => (
              <ScheduleRow key={schedule.name} queue={name} schedule={schedule} onDone={reload} />
            ))}
          </tbody>
        </table>
      )}
      {!isLoading && error === undefined && items.length === 0 && <p class="empty">{text.empty}</p>}
      {hasMore && error === undefined && <More isBusy={isLoading} onMore={loadMore} />}
      {isCreating && <ScheduleDialog queue={name} onClose={() => setCreating(false)} onDone={reload} />}
    </section>
  )
}

/** That no process ticks them, where that is known. */
export function Nobody({ ticking: { ticked, tickerSeenAgoMs } }: { readonly ticking: Ticking }) {
  const { schedules: text } = words.value
  if (ticked) return null
  if (tickerSeenAgoMs === undefined) return <Note>{text.never}</Note>
  return <Note>{text.unseen(duration(tickerSeenAgoMs, languageTag.value))}</Note>
}
