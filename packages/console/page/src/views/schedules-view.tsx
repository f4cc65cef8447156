import { api } from '../api/console-api.ts'
import { words } from '../language/language.ts'
import { ListHead } from '../parts/list-head.tsx'
import { Note } from '../parts/note.tsx'
import { LoadError } from '../parts/state-of-load.tsx'
import { UnreadableCells } from '../parts/unreadable-cells.tsx'
import { useTitle } from '../parts/use-title.ts'
import { hrefOf } from '../state/router.ts'
import { matchesSearch } from '../state/search.ts'
import { useResource } from '../state/use-resource.ts'
import { ScheduleColumns, ScheduleRow } from './schedule-row.tsx'

const POLL_MS = 4_000

/** The schedules of all queues, the next to tick first. */
export function SchedulesView() {
  const { schedules: text, palette } = words.value
  useTitle(text.title)
  const loaded = useResource('schedules', (signal) => api.listAllSchedules(signal), { pollMs: POLL_MS })
  const { schedules = [], unreadable = [], more = false } = loaded.data ?? {}
  const shown = schedules.filter(({ name, queue }) => matchesSearch(name, queue))
  const hidden = unreadable.filter(({ name }) => matchesSearch(name))
  const isEmpty = shown.length + hidden.length === 0
  return (
    <section class="block">
      <ListHead title={text.title} label={text.filter} of={loaded} />
      <LoadError of={loaded} />
      {loaded.data !== undefined && isEmpty && (
        <p class="empty">{schedules.length + unreadable.length === 0 ? text.emptyAll : palette.empty}</p>
      )}
      {!isEmpty && (
        <table class="table schedules">
          <ScheduleColumns ofAll />
          <tbody>
            {hidden.map(({ name, code }) => (
              <tr key={name} data-row>
                <UnreadableCells name={name} href={hrefOf(['queues', name, 'schedules'])} code={code} others={5} />
              </tr>
            ))}
            {shown.map((schedule) => (
              <ScheduleRow
                key={`${schedule.queue} ${schedule.name}`}
                queue={schedule.queue}
                schedule={schedule}
                onDone={loaded.reload}
              />
            ))}
          </tbody>
        </table>
      )}
      {more && <Note>{text.moreOfAll}</Note>}
    </section>
  )
}
