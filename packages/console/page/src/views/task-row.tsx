import type { ListedState, TaskEntry } from '../api/contract.ts'
import { preview } from '../format/preview.ts'
import { words } from '../language/language.ts'
import { Mark } from '../parts/mark.tsx'
import { When } from '../parts/when.tsx'
import { hrefOf } from '../state/router.ts'
import { shownState } from './why.ts'

/** Of each state the time that counts, and what it is called. */
export const TIMES = {
  waiting: { title: () => words.value.list.enqueued, of: ({ enqueuedAt }: TaskEntry) => enqueuedAt },
  delayed: { title: () => words.value.list.due, of: ({ dueAt }: TaskEntry) => dueAt },
  blocked: { title: () => words.value.list.enqueued, of: ({ enqueuedAt }: TaskEntry) => enqueuedAt },
  running: { title: () => words.value.list.lease, of: ({ leaseEndsAt }: TaskEntry) => leaseEndsAt },
  ended: { title: () => words.value.list.endedAt, of: ({ endedAt }: TaskEntry) => endedAt },
  dead: { title: () => words.value.list.diedAt, of: ({ endedAt }: TaskEntry) => endedAt },
} as const satisfies Readonly<Record<ListedState, unknown>>

interface TaskRowProps {
  /** Undefined where a row leads nowhere. */
  readonly queue: string | undefined
  readonly listed: ListedState
  readonly task: TaskEntry
  readonly isSelected: boolean
  readonly onSelect: ((id: string, isSelected: boolean, isRange: boolean) => void) | undefined
}

export function TaskRow({ queue, listed, task, isSelected, onSelect }: TaskRowProps) {
  const { list, states } = words.value
  const { id, failures, reason, error } = task
  const state = shownState(task)
  const message = error?.message === undefined ? undefined : preview(error.message)
  const value = preview(task.result ?? task.payload)
  const texts = [reason, message, value].filter(Boolean)
  return (
    <tr data-row class={isSelected ? 'selected' : ''}>
      {onSelect && (
        <td class="pick">
          <input
            type="checkbox"
            aria-label={list.select(id)}
            checked={isSelected}
            onClick={({ currentTarget, shiftKey }) => onSelect(id, currentTarget.checked, shiftKey)}
          />
        </td>
      )}
      <th scope="row" class="id" title={id}>
        <Mark name={state} />
        <span class="unseen">{states[state]}</span>
        {queue === undefined ? (
          <span class="mono">{id}</span>
        ) : (
          <a class="mono" href={hrefOf(['queues', queue, 'tasks', id])}>
            {id}
          </a>
        )}
      </th>
      <td class="time">
        <When at={TIMES[listed].of(task)} />
      </td>
      <td class={`number rank-3${failures ? ' tone-warn' : ' faint'}`}>{failures ?? '–'}</td>
      <td class="text rank-2" title={texts.join('\n')}>
        {reason !== undefined && reason !== '' && <span class="reason">{reason}</span>}
        {message !== undefined && <span class="reason-error">{message}</span>}
        <span class="mono faint">{value}</span>
      </td>
    </tr>
  )
}
