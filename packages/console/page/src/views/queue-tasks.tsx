import { api } from '../api/console-api.ts'
import type { ListedState, QueueSummary, TaskEntry } from '../api/contract.ts'
import { short } from '../format/number.ts'
import { languageTag, words } from '../language/language.ts'
import { Action } from '../parts/action.tsx'
import { attempt } from '../parts/attempt.ts'
import { SaveViewButton } from '../parts/save-view-button.tsx'
import { SearchField } from '../parts/search-field.tsx'
import { Tabs } from '../parts/tabs.tsx'
import { filter, place } from '../state/router.ts'
import { toast } from '../state/toasts.ts'
import type { Page } from '../state/use-pages.ts'
import { DeadActions } from './dead-actions.tsx'
import { TaskTable } from './task-table.tsx'

const STATES: readonly ListedState[] = ['waiting', 'delayed', 'blocked', 'running', 'ended', 'dead']
/** Ids in one call. */
const BATCH = 1_000
const SEARCH_AFTER_MS = 350
/** A call looks at some hundreds; this many are looked at before the reader is asked to go on, or enough are found. */
const MOST_SCANNED = 2_000
const ENOUGH_FOUND = 50
/** Characters that the server takes. */
const LONGEST_SEARCH = 200

/** The tasks of a queue: tabs by state, a search, and what can be done with those that are selected. */
export function QueueTasks({ name, queue }: { readonly name: string; readonly queue: QueueSummary | undefined }) {
  const { list, states, queue: text } = words.value
  const tag = languageTag.value
  const { query } = place.value
  const state = STATES.find((one) => one === query.get('tab')) ?? 'waiting'
  const search = query.get('q') ?? ''

  async function load(after: string | undefined, signal: AbortSignal): Promise<Page<TaskEntry>> {
    if (search !== '') return searched({ name, text: search, state }, after, signal)
    const { tasks, next } = await api.listTasks(name, state, after, signal)
    return { items: tasks, next }
  }
  return (
    <section class="block">
      <div class="tab-row">
        <Tabs
          label={text.tabs}
          open={state}
          tabs={STATES.filter((one) => one !== 'blocked' || state === one || queue?.blocked).map((one) => ({
            key: one,
            text: states[one],
            mark: one,
            count: queue === undefined || one === 'ended' ? undefined : short(queue[one] ?? 0, tag),
            query: { tab: one === 'waiting' ? undefined : one, q: search },
          }))}
        />
        <SearchField
          label={list.search}
          value={search}
          afterMs={SEARCH_AFTER_MS}
          onSearch={(q) => filter({ q: q.slice(0, LONGEST_SEARCH) })}
        />
        <SaveViewButton />
      </div>
      <TaskTable
        listKey={JSON.stringify([name, state, search])}
        queue={name}
        state={state}
        search={search}
        load={load}
        actions={
          state === 'ended'
            ? undefined
            : (selected, done) => <Bulk name={name} state={state} selected={selected} onDone={done} />
        }
      />
    </section>
  )
}

interface BulkProps {
  readonly name: string
  readonly state: ListedState
  readonly selected: readonly TaskEntry[]
  readonly onDone: () => void
}

export function Bulk({ name, state, selected, onDone }: BulkProps) {
  const { list } = words.value
  const ids = selected.map(({ id }) => id)

  async function change(action: 'cancel' | 'promote'): Promise<void> {
    let changed = 0
    let late = 0
    for (let from = 0; from < ids.length; from += BATCH) {
      const answer = await attempt(() => api.changeTasks(name, action, ids.slice(from, from + BATCH)))
      if (answer === undefined) break
      changed += answer.changed
      late += answer.tooLate.length
    }
    const tag = languageTag.peek()
    if (changed + late > 0) {
      toast(
        late > 0 ? 'plain' : 'good',
        list.bulkDone(short(changed, tag), changed),
        late > 0 ? list.bulkLate(short(late, tag)) : undefined,
      )
    }
    onDone()
  }

  if (state === 'dead') {
    return (
      <DeadActions
        of={name}
        letters={selected}
        mayEdit
        redrive={(body) => api.redriveDead(name, body)}
        discard={(body) => api.discardDead(name, body)}
        onDone={onDone}
      />
    )
  }
  return (
    <>
      {(state === 'delayed' || state === 'blocked') && (
        <Action kind="main" onAct={() => change('promote')}>
          {list.promote}
        </Action>
      )}
      <Action kind="danger" onAct={() => change('cancel')}>
        {list.cancel}
      </Action>
    </>
  )
}

interface Wanted {
  readonly name: string
  readonly text: string
  readonly state: ListedState
}

async function searched(
  { name, text, state }: Wanted,
  after: string | undefined,
  signal: AbortSignal,
): Promise<Page<TaskEntry>> {
  const items: TaskEntry[] = []
  let scanned = 0
  let next = after
  do {
    const page = await api.searchTasks(name, text, state, next, signal)
    items.push(...page.tasks)
    scanned += page.scanned ?? 0
    next = page.next
  } while (next !== undefined && scanned < MOST_SCANNED && items.length < ENOUGH_FOUND)
  return { items, next, scanned }
}
