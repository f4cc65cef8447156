import { useRef, useState } from 'preact/hooks'
import { api } from '../api/console-api.ts'
import type { FlowState, FlowTask } from '../api/flow-contract.ts'
import type { Branch } from '../flow-tree.ts'
import { treesOf } from '../flow-tree.ts'
import { short, whole } from '../format/number.ts'
import { languageTag, words } from '../language/language.ts'
import { Action } from '../parts/action.tsx'
import { Mark } from '../parts/mark.tsx'
import type { MarkName } from '../parts/mark.tsx'
import { More } from '../parts/more.tsx'
import { Note } from '../parts/note.tsx'
import { AsOf, LoadError } from '../parts/state-of-load.tsx'
import { hrefOf } from '../state/router.ts'
import { useResource } from '../state/use-resource.ts'
import { CancelTree } from './cancel-tree.tsx'

/** So many tasks are asked for, and more when the reader wants them. */
const SIZES = [50, 250, 1_000] as const
const POLL_MS = 4_000
/** A graph takes the storage some calls for each task. */
const POLL_MS_EACH = 30
/** Rows of one level, and how many more at a time. */
const ROWS = 20
const MORE_ROWS = 100
/** Trees with fewer are open, this many levels deep. */
const FEW = 30
const LEVELS = 3

const WAITS_FOR = 3

interface TaskFlowProps {
  readonly queue: string
  readonly id: string
  readonly onDone: () => void
}

/** What a task runs after and what runs after it; nothing where it is alone. */
export function TaskFlow({ queue, id, onDone }: TaskFlowProps) {
  const { flowOf: text, states } = words.value
  const tag = languageTag.value
  const [page, setPage] = useState(0)
  const [isCancelling, setCancelling] = useState(false)
  const size = SIZES[page]!
  const key = `graph ${JSON.stringify([queue, id, size])}`
  const loaded = useResource(key, (signal) => api.getGraph(queue, id, size, signal), {
    pollMs: POLL_MS + size * POLL_MS_EACH,
  })
  const { error } = loaded
  // While more of it is loaded, what is there stays.
  const known = useRef(loaded.data)
  known.current = loaded.data ?? known.current
  const data = known.current
  if (data === undefined || data.edges.length === 0) {
    // Where a storage has no flows, no task is in one.
    return data === undefined && error !== undefined && page > 0 ? <LoadError of={loaded} /> : null
  }
  const { before, after, beside, counts, pendingAfter } = treesOf(data)
  const isOpen = data.tasks.length <= FEW
  return (
    <section class="part flow-part">
      <header class="block-head">
        <h2>{text.title}</h2>
        <ul class="flow-counts">
          {[...counts].map(([state, n]) => (
            <li key={state}>
              <Mark name={markOf(state)} />
              {whole(n, tag)} {states[state]}
            </li>
          ))}
        </ul>
        {pendingAfter > 0 && (
          <Action kind="danger" onAct={() => setCancelling(true)}>
            {text.cancel}
          </Action>
        )}
        <AsOf of={loaded} />
      </header>
      <LoadError of={loaded} />
      <Tree title={text.before} branches={before} isOpen={isOpen} />
      <Tree title={text.after} branches={after} isOpen={isOpen} />
      <Tree title={text.beside} branches={beside} isOpen={isOpen} />
      {data.more &&
        (page + 1 < SIZES.length ? (
          <More
            label={text.more(short(data.tasks.length, tag))}
            isBusy={loaded.isLoading}
            onMore={() => setPage(page + 1)}
          />
        ) : (
          <Note>{text.tooMany(whole(data.tasks.length, tag))}</Note>
        ))}
      {isCancelling && (
        <CancelTree
          queue={queue}
          id={id}
          onClose={() => setCancelling(false)}
          onDone={() => (onDone(), loaded.reload())}
        />
      )}
    </section>
  )
}

interface LevelProps {
  readonly branches: readonly Branch[]
  readonly isOpen: boolean
  readonly depth?: number
}

function Tree({ title, ...level }: LevelProps & { readonly title: string }) {
  if (level.branches.length === 0) return null
  return (
    <div class="flow-tree">
      <h3>{title}</h3>
      <Level {...level} />
    </div>
  )
}

function Level({ branches, isOpen, depth = 0 }: LevelProps) {
  const { flowOf: text } = words.value
  const [rows, setRows] = useState(ROWS)
  const left = branches.length - rows
  return (
    <ul class="flow-level">
      {branches.slice(0, rows).map((branch) => (
        <li key={`${branch.task.queue} ${branch.task.id}`}>
          <Row of={branch} isOpen={isOpen && depth < LEVELS} depth={depth} />
        </li>
      ))}
      {left > 0 && (
        <li>
          <button type="button" class="button plain" onClick={() => setRows(rows + MORE_ROWS)}>
            {text.rows(short(Math.min(left, MORE_ROWS), languageTag.value), short(left, languageTag.value))}
          </button>
        </li>
      )}
    </ul>
  )
}

function Row({ of, isOpen, depth }: { readonly of: Branch; readonly isOpen: boolean; readonly depth: number }) {
  const [isShown, show] = useState(isOpen)
  if (of.branches.length === 0) return <Line of={of} />
  return (
    <details open={isShown} onToggle={({ currentTarget }) => show(currentTarget.open)}>
      <summary>
        <Line of={of} />
      </summary>
      {isShown && <Level branches={of.branches} isOpen={isOpen} depth={depth + 1} />}
    </details>
  )
}

function Line({ of: { task, size, waitsFor, others } }: { readonly of: Branch }) {
  const { flowOf: text, states } = words.value
  const tag = languageTag.value
  const { queue, id, state } = task
  const reasons = waitsFor.slice(0, WAITS_FOR).map((one) => `${nameOf(one)} (${states[one.state]})`)
  return (
    <span class="flow-task">
      <Mark name={markOf(state)} />
      <a class="mono" href={hrefOf(['queues', queue, 'tasks', id])}>
        <bdi>{id}</bdi>
      </a>{' '}
      <span class="faint">
        <bdi>{queue}</bdi> · {states[state]}
        {size > 1 && ` · ${text.below(short(size - 1, tag))}`}
        {others > 0 &&
          (state === 'blocked' && reasons.length > 0
            ? ` · ${text.waitsFor(reasons.join(', '), short(Math.max(0, waitsFor.length - WAITS_FOR), tag))}`
            : ` · ${text.others(short(others, tag))}`)}
      </span>
    </span>
  )
}

const nameOf = ({ queue, id }: FlowTask): string => `${queue}/${id}`

function markOf(state: FlowState): MarkName {
  return state === 'unknown' ? 'plain' : state
}
