import type { Schedule, ScheduleOfQueue } from '../api/schedule-contract.ts'
import { words } from '../language/language.ts'
import { Mark } from '../parts/mark.tsx'
import { Name } from '../parts/name.tsx'
import { When } from '../parts/when.tsx'
import { hrefOf } from '../state/router.ts'
import { ScheduleActions } from './schedule-actions.tsx'
import { ruleText, SCHEDULE_MARKS } from './schedule-rule.ts'

/** The head of a list of schedules; `ofAll`: of all queues. */
export function ScheduleColumns({ ofAll = false }: { readonly ofAll?: boolean }) {
  const { schedules: text, queues } = words.value
  return (
    <thead>
      <tr>
        <th scope="col">{text.schedule}</th>
        {ofAll && (
          <th scope="col" class="rank-2">
            {queues.name}
          </th>
        )}
        <th scope="col" class="rank-2">
          {text.rule}
        </th>
        <th scope="col">{text.next}</th>
        <th scope="col" class="rank-3">
          {text.last}
        </th>
        <th scope="col" class="rank-2">
          <span class="unseen">{text.actions}</span>
        </th>
      </tr>
    </thead>
  )
}

interface ScheduleRowProps {
  readonly queue: string
  readonly schedule: Schedule | ScheduleOfQueue
  readonly onDone: () => void
}

export function ScheduleRow({ queue, schedule, onDone }: ScheduleRowProps) {
  const { schedules: text } = words.value
  const { name, state, timeZone, nextAt, lastAt, lastTask } = schedule
  const ofAll = 'queue' in schedule
  const isLeft = ofAll && !schedule.ticked && state === 'active'
  return (
    <tr data-row>
      <th scope="row">
        <a href={hrefOf(['queues', queue, 'schedules', name])}>
          <Mark name={isLeft ? 'bad' : SCHEDULE_MARKS[state]} />
          <Name of={name} />
          <span class="state">{text.states[state]}</span>
        </a>
      </th>
      {ofAll && (
        <td class="rank-2 of-queue">
          <a href={hrefOf(['queues', queue, 'schedules'])} title={queue}>
            {queue}
          </a>
          {!schedule.ticked && <span class="sub tone-bad">{text.unticked}</span>}
        </td>
      )}
      <td class="rank-2">
        <span class="mono">{ruleText(schedule)}</span>
        {timeZone !== undefined && <span class="faint"> {timeZone}</span>}
      </td>
      <td>
        <When at={nextAt} />
      </td>
      <td class="rank-3">
        {lastTask === undefined ? (
          <When at={lastAt} />
        ) : (
          <a href={hrefOf(['queues', queue, 'tasks', lastTask])} title={text.lastTask}>
            <When at={lastAt} />
          </a>
        )}
      </td>
      <td class="row-actions rank-2">
        <ScheduleActions queue={queue} schedule={schedule} isShort onDone={onDone} />
      </td>
    </tr>
  )
}
