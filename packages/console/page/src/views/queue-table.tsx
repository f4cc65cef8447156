import type { QueueSummary } from '../api/contract.ts'
import type { Unreadable } from '../api/overview-contract.ts'
import { rate, short } from '../format/number.ts'
import { briefly, duration } from '../format/time.ts'
import { languageTag, words } from '../language/language.ts'
import { Icon } from '../parts/icon.tsx'
import { Mark } from '../parts/mark.tsx'
import { Name } from '../parts/name.tsx'
import { SaveViewButton } from '../parts/save-view-button.tsx'
import { SearchField } from '../parts/search-field.tsx'
import { Sparkline } from '../parts/sparkline.tsx'
import { UnreadableCells } from '../parts/unreadable-cells.tsx'
import { trendOf } from '../state/live.ts'
import { filter, hrefOf, place } from '../state/router.ts'
import { matchesSearch, search } from '../state/search.ts'
import { stateOf } from './queue-state.ts'

interface Column {
  readonly key: string
  readonly title: () => string
  readonly value: (queue: QueueSummary) => number | undefined
  readonly show: (value: number, tag: string) => string
  /** 1: on the narrowest screen too. */
  readonly rank: 1 | 2 | 3
  readonly tone?: 'bad' | 'warn'
}

const COLUMNS: readonly Column[] = [
  { key: 'waiting', title: () => words.value.figures.waiting, value: ({ waiting }) => waiting, show: short, rank: 1 },
  {
    key: 'oldest',
    title: () => words.value.figures.oldestWait,
    value: ({ oldestWaitMs }) => oldestWaitMs,
    show: duration,
    rank: 3,
  },
  { key: 'delayed', title: () => words.value.figures.delayed, value: ({ delayed }) => delayed, show: short, rank: 3 },
  { key: 'running', title: () => words.value.figures.running, value: ({ running }) => running, show: short, rank: 2 },
  { key: 'dead', title: () => words.value.figures.dead, value: ({ dead }) => dead, show: short, rank: 1, tone: 'bad' },
  {
    key: 'done',
    title: () => `${words.value.figures.done} ${words.value.figures.perSecond}`,
    value: ({ perSecond }) => perSecond?.completed,
    show: rate,
    rank: 2,
  },
  {
    key: 'failed',
    title: () => `${words.value.figures.failed} ${words.value.figures.perSecond}`,
    value: ({ perSecond }) => perSecond?.failed,
    show: rate,
    rank: 3,
    tone: 'warn',
  },
  {
    key: 'wait',
    title: () => `${words.value.figures.waitTime} p95`,
    value: ({ waitMs }) => waitMs?.p95,
    show: briefly,
    rank: 3,
  },
  {
    key: 'run',
    title: () => `${words.value.figures.runTime} p95`,
    value: ({ runMs }) => runMs?.p95,
    show: briefly,
    rank: 3,
  },
  { key: 'workers', title: () => words.value.figures.workers, value: ({ workers }) => workers, show: short, rank: 2 },
]

interface QueueTableProps {
  readonly queues: readonly QueueSummary[]
  readonly unreadable: readonly Unreadable[]
}

/** All queues with their figures; sorted and filtered by what is in the address. */
export function QueueTable({ queues, unreadable }: QueueTableProps) {
  const { queues: text, figures } = words.value
  const sort = place.value.query.get('sort') ?? ''
  const shown = sorted(
    queues.filter(({ name }) => matchesSearch(name)),
    sort,
  )
  const hidden = unreadable.flatMap(({ name = '', code }) =>
    name !== '' && matchesSearch(name) ? [{ name, code }] : [],
  )
  return (
    <section class="block">
      <header class="block-head">
        <h2>{text.title}</h2>
        <SearchField label={text.filter} value={search.value} onSearch={(q) => filter({ q })} />
        <SaveViewButton />
      </header>
      {queues.length + unreadable.length === 0 ? (
        <p class="empty">{text.empty}</p>
      ) : shown.length + hidden.length === 0 ? (
        <p class="empty">{text.noMatch(search.value)}</p>
      ) : (
        <table class="table queues">
          <thead>
            <tr>
              <Head column="name" title={text.name} sort={sort} />
              {COLUMNS.map(({ key, title, rank }) => (
                <Head key={key} column={key} title={title()} sort={sort} rank={rank} isNumber />
              ))}
              <th scope="col" class="rank-2 trend">
                {figures.trend}
              </th>
            </tr>
          </thead>
          <tbody>
            {hidden.map(({ name, code }) => (
              <tr key={name} data-row>
                <UnreadableCells name={name} href={hrefOf(['queues', name])} code={code} others={COLUMNS.length + 1} />
              </tr>
            ))}
            {shown.map((queue) => (
              <Row key={queue.name} queue={queue} />
            ))}
          </tbody>
        </table>
      )}
    </section>
  )
}

interface HeadProps {
  readonly column: string
  readonly title: string
  readonly sort: string
  readonly rank?: 1 | 2 | 3
  readonly isNumber?: boolean
}

function Head({ column, title, sort, rank = 1, isNumber = false }: HeadProps) {
  const isDown = sort === `-${column}`
  const isUp = sort === column
  // A number is sorted with the largest on top first; the third click is the order as it comes.
  const orders = isNumber ? [`-${column}`, column] : [column, `-${column}`]
  const next = orders[orders.indexOf(sort) + 1]
  return (
    <th
      scope="col"
      class={`rank-${rank}${isNumber ? ' number' : ''}`}
      aria-sort={isUp ? 'ascending' : isDown ? 'descending' : undefined}
    >
      <button
        type="button"
        class="sort"
        title={words.value.queues.sortBy(title)}
        onClick={() => filter({ sort: next })}
      >
        {title}
        {(isUp || isDown) && <Icon name={isUp ? 'up' : 'down'} />}
      </button>
    </th>
  )
}

function Row({ queue }: { readonly queue: QueueSummary }) {
  const tag = languageTag.value
  const { mark, text } = stateOf(queue)
  return (
    <tr data-row>
      <th scope="row">
        <a href={hrefOf(['queues', queue.name])}>
          <Mark name={mark} />
          <Name of={queue.name} />
          <span class="state">{text}</span>
        </a>
      </th>
      {COLUMNS.map(({ key, value, show, rank, tone }) => {
        const number = value(queue)
        const isLoud = tone !== undefined && (number ?? 0) > 0
        return (
          <td key={key} class={`number rank-${rank}${isLoud ? ` tone-${tone}` : ''}${number ? '' : ' faint'}`}>
            {number === undefined ? '–' : show(number, tag)}
          </td>
        )
      })}
      <td class="rank-2 trend">
        <Sparkline values={trendOf(queue.name)} />
      </td>
    </tr>
  )
}

function sorted(queues: readonly QueueSummary[], sort: string): readonly QueueSummary[] {
  const isDown = sort.startsWith('-')
  const key = isDown ? sort.slice(1) : sort
  const sign = isDown ? -1 : 1
  if (key === 'name') return queues.toSorted((one, other) => sign * one.name.localeCompare(other.name))
  const column = COLUMNS.find((one) => one.key === key)
  if (column === undefined) return queues
  return queues.toSorted((one, other) => sign * ((column.value(one) ?? -1) - (column.value(other) ?? -1)))
}
