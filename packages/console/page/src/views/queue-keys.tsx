import { api } from '../api/console-api.ts'
import { Problem } from '../api/problem.ts'
import type { KeyEntry, KeyOrder, RankedKeys } from '../api/sharing-contract.ts'
import { short, whole } from '../format/number.ts'
import { duration } from '../format/time.ts'
import { languageTag, words } from '../language/language.ts'
import { Mark } from '../parts/mark.tsx'
import { Name } from '../parts/name.tsx'
import { Note } from '../parts/note.tsx'
import { SearchField } from '../parts/search-field.tsx'
import { AsOf, LoadError } from '../parts/state-of-load.tsx'
import { Tabs } from '../parts/tabs.tsx'
import { When } from '../parts/when.tsx'
import { filter, hrefOf, place } from '../state/router.ts'
import { useResource } from '../state/use-resource.ts'

const POLL_MS = 3_000
const FIND_AFTER_MS = 350
const LONGEST_KEY = 256
const ORDERS: readonly KeyOrder[] = ['waiting', 'running', 'oldest']

/** Whose tasks there are: who is loud, and who waits. */
export function QueueKeys({ name }: { readonly name: string }) {
  const { ofKeys: text } = words.value
  const tag = languageTag.value
  const { query } = place.value
  const order = ORDERS.find((one) => one === query.get('sort')) ?? 'waiting'
  const wanted = query.get('q') ?? ''
  const loaded = useResource(
    `keys ${JSON.stringify([name, order, wanted])}`,
    (signal) => (wanted === '' ? api.rankKeys(name, order, signal) : findKey(name, wanted, signal)),
    { pollMs: POLL_MS },
  )
  const { data } = loaded
  const keys = data?.keys ?? []
  const { scanned, more } = data ?? {}
  return (
    <section class="block">
      <div class="tab-row">
        <Tabs
          label={text.orders}
          open={order}
          tabs={ORDERS.map((one) => ({
            key: one,
            text: text.order[one],
            query: { sort: one === 'waiting' ? undefined : one },
          }))}
        />
        <SearchField
          label={text.find}
          value={wanted}
          afterMs={FIND_AFTER_MS}
          onSearch={(q) => filter({ q: q.slice(0, LONGEST_KEY) })}
        />
        <AsOf of={loaded} />
      </div>
      <LoadError of={loaded} />
      {more && <Note>{text.more(whole(scanned ?? 0, tag))}</Note>}
      {keys.length > 0 && <KeyTable queue={name} keys={keys} />}
      {keys.length > 0 && scanned !== undefined && !more && (
        <p class="faint">{text.looked(whole(scanned, tag), scanned)}</p>
      )}
      {data !== undefined && keys.length === 0 && <p class="empty">{wanted === '' ? text.empty : text.none(wanted)}</p>}
    </section>
  )
}

/** As a list of one, or of none. */
async function findKey(queue: string, key: string, signal: AbortSignal): Promise<RankedKeys> {
  try {
    return { keys: [await api.getKey(queue, key, signal)] }
  } catch (error) {
    if (error instanceof Problem && error.code === 'unknown-key') return { keys: [] }
    throw error
  }
}

function KeyTable({ queue, keys }: { readonly queue: string; readonly keys: readonly KeyEntry[] }) {
  const { ofKeys: text, figures } = words.value
  const tag = languageTag.value
  const most = Math.max(1, ...keys.map(({ waiting }) => waiting))
  return (
    <table class="table of-keys">
      <thead>
        <tr>
          <th scope="col">{text.key}</th>
          <th scope="col" class="number">
            {figures.waiting}
          </th>
          <th scope="col" class="number">
            {figures.running}
          </th>
          <th scope="col" class="rank-3">
            {text.oldest}
          </th>
          <th scope="col" class="rank-2">
            {text.held}
          </th>
        </tr>
      </thead>
      <tbody>
        {keys.map((entry) => (
          <tr key={entry.key} data-row>
            <th scope="row">
              <a href={hrefOf(['queues', queue, 'keys', entry.key])}>
                <Mark name={entry.heldBack === undefined ? 'good' : 'paused'} />
                <Name of={entry.key} />
              </a>
            </th>
            <td class="number">
              <span class="load">
                <meter aria-label={figures.waiting} min={0} max={most} value={entry.waiting} />
                {short(entry.waiting, tag)}
              </span>
            </td>
            <td class="number">{short(entry.running, tag)}</td>
            <td class="rank-3">
              <When at={entry.nextEnqueuedAt} />
            </td>
            <td class={`rank-2${entry.heldBack === undefined ? ' faint' : ' tone-warn'}`}>{heldText(entry)}</td>
          </tr>
        ))}
      </tbody>
    </table>
  )
}

/** What keeps its tasks waiting, and until when. */
export function heldText({ heldBack }: Pick<KeyEntry, 'heldBack'>): string {
  const { ofKeys: text } = words.value
  if (heldBack === undefined) return text.free
  const { by, limit = 0, freeInMs = 0 } = heldBack
  const tag = languageTag.value
  return by === 'concurrency' ? text.by.concurrency(whole(limit, tag)) : text.by[by](duration(freeInMs, tag))
}
