import { useEffect, useRef, useState } from 'preact/hooks'
import type { ComponentChildren } from 'preact'
import type { ListedState, TaskEntry } from '../api/contract.ts'
import { short } from '../format/number.ts'
import { languageTag, words } from '../language/language.ts'
import { More } from '../parts/more.tsx'
import { AsOf, LoadError } from '../parts/state-of-load.tsx'
import { VirtualRows } from '../parts/virtual-rows.tsx'
import { usePages } from '../state/use-pages.ts'
import type { Page } from '../state/use-pages.ts'
import { TaskRow, TIMES } from './task-row.tsx'

interface TaskTableProps {
  /** Of what is listed: another key is another list. */
  readonly listKey: string
  readonly queue: string | undefined
  readonly state: ListedState
  readonly search: string
  readonly load: (after: string | undefined, signal: AbortSignal) => Promise<Page<TaskEntry>>
  /** What can be done with those that are selected; undefined: nothing can be selected. */
  readonly actions?: ((selected: readonly TaskEntry[], done: () => void) => ComponentChildren) | undefined
}

const POLL_MS = 4_000
const TOP_PX = 400

/** Tasks of one state, or those that a search found. It refreshes itself while nobody scrolls or selects. */
export function TaskTable({ listKey, queue, state, search, load, actions }: TaskTableProps) {
  const { list } = words.value
  const tag = languageTag.value
  const [selected, setSelected] = useState<ReadonlySet<string>>(new Set())
  const held = useRef(false)
  held.current = selected.size > 0
  const lastIndex = useRef<number | undefined>(undefined)
  useEffect(() => setSelected(new Set()), [listKey])

  const pages = usePages<TaskEntry>(listKey, {
    load,
    idOf: ({ id }) => id,
    pollMs: search === '' ? POLL_MS : undefined,
    isHeld: () => held.current || scrollY > TOP_PX,
  })
  const { items, hasMore, isLoading, error, scanned, loadMore, reload } = pages

  function select(id: string, isSelected: boolean, isRange: boolean): void {
    const index = items.findIndex((one) => one.id === id)
    const from = isRange ? (lastIndex.current ?? index) : index
    lastIndex.current = index
    const next = new Set(selected)
    for (const { id: each } of items.slice(Math.min(from, index), Math.max(from, index) + 1)) {
      if (isSelected) next.add(each)
      else next.delete(each)
    }
    setSelected(next)
  }
  function done(): void {
    setSelected(new Set())
    reload()
  }
  const chosen = selected.size === 0 ? [] : items.filter(({ id }) => selected.has(id))

  return (
    <>
      <div class="list-head">
        {chosen.length > 0 && actions !== undefined ? (
          <div class="bulk" role="toolbar">
            <b>{list.selected(short(chosen.length, tag))}</b>
            {actions(chosen, done)}
            <button type="button" class="button plain" onClick={() => setSelected(new Set())}>
              {list.clear}
            </button>
          </div>
        ) : (
          <span class="faint">
            {scanned !== undefined && `${list.scanned(short(scanned, tag))} · `}
            {list.loaded(short(items.length, tag))}
          </span>
        )}
        {chosen.length > 0 && <span class="faint">{list.held}</span>}
        <AsOf of={pages} />
      </div>
      <LoadError of={pages} />
      {items.length > 0 && (
        <table class={`table tasks of-${state}`} aria-rowcount={hasMore ? -1 : items.length}>
          <thead>
            <tr>
              {actions && (
                <th class="pick" scope="col">
                  <input
                    type="checkbox"
                    aria-label={list.selectAll}
                    checked={chosen.length === items.length}
                    onClick={({ currentTarget }) =>
                      setSelected(new Set(currentTarget.checked ? items.map(({ id }) => id) : []))
                    }
                  />
                </th>
              )}
              <th scope="col">{list.id}</th>
              <th scope="col" class="time">
                {TIMES[state].title()}
              </th>
              <th scope="col" class="number rank-3">
                {list.tries}
              </th>
              <th scope="col" class="text rank-2">
                {state === 'ended' ? list.result : list.payload}
              </th>
            </tr>
          </thead>
          <VirtualRows
            items={items}
            onEnd={() => !isLoading && error === undefined && search === '' && loadMore()}
            render={(task) => (
              <TaskRow
                key={task.id}
                queue={queue}
                listed={state}
                task={task}
                isSelected={selected.has(task.id)}
                onSelect={actions && select}
              />
            )}
          />
        </table>
      )}
      {!isLoading && error === undefined && items.length === 0 && (search !== '' || !hasMore) && (
        <p class="empty">{search === '' ? list.empty[state] : list.noMatch(search, short(scanned ?? 0, tag))}</p>
      )}
      {hasMore && error === undefined && (
        <More label={scanned === undefined ? undefined : list.searchOn} isBusy={isLoading} onMore={loadMore} />
      )}
    </>
  )
}
