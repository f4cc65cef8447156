import { useState } from 'preact/hooks'
import { api } from '../api/console-api.ts'
import type { Outcome } from '../api/console-api.ts'
import type { WorkerEntry } from '../api/contract.ts'
import { whole } from '../format/number.ts'
import { languageTag, words } from '../language/language.ts'
import { Action } from '../parts/action.tsx'
import { attempt } from '../parts/attempt.ts'
import { FormModal } from '../parts/form-modal.tsx'
import { Mark } from '../parts/mark.tsx'
import type { MarkName } from '../parts/mark.tsx'
import { ListHead } from '../parts/list-head.tsx'
import { LoadError } from '../parts/state-of-load.tsx'
import { useTitle } from '../parts/use-title.ts'
import { When } from '../parts/when.tsx'
import { hrefOf } from '../state/router.ts'
import { matchesSearch } from '../state/search.ts'
import { toast } from '../state/toasts.ts'
import { useResource } from '../state/use-resource.ts'

const POLL_MS = 3_000

/** Every worker that is alive: where it is, what it works on, and how much of it is in use. */
export function WorkersView() {
  const { workers: text } = words.value
  useTitle(text.title)
  const loaded = useResource('workers', (signal) => api.listWorkers(signal), {
    pollMs: POLL_MS,
  })
  const { data, reload } = loaded
  const shown = (data?.workers ?? [])
    .filter(({ host, id, queue, channel, group }) => matchesSearch(host, id, queue, channel, group))
    .toSorted((one, other) => nameOf(one).localeCompare(nameOf(other)))
  return (
    <section class="block">
      <ListHead title={text.title} label={text.filter} of={loaded} />
      <LoadError of={loaded} />
      {data !== undefined && shown.length === 0 && (
        <p class="empty">{data.workers.length === 0 ? text.empty : words.value.palette.empty}</p>
      )}
      {shown.length > 0 && (
        <table class="table workers">
          <thead>
            <tr>
              <th scope="col">{text.worker}</th>
              <th scope="col">{text.worksOn}</th>
              <th scope="col">{text.slots}</th>
              <th scope="col" class="rank-3">
                {text.started}
              </th>
              <th scope="col" class="rank-2">
                {text.seen}
              </th>
              <th scope="col" class="rank-3">
                {text.version}
              </th>
              <th scope="col">
                <span class="unseen">{text.actions}</span>
              </th>
            </tr>
          </thead>
          <tbody>
            {shown.map((worker) => (
              <Row key={worker.id} worker={worker} onDone={reload} />
            ))}
          </tbody>
        </table>
      )}
    </section>
  )
}

function nameOf({ queue, channel, group, host, pid, id }: WorkerEntry): string {
  return [queue ?? channel ?? '', group ?? '', host, String(pid), id].join(' ')
}

function Row({ worker, onDone }: { readonly worker: WorkerEntry; readonly onDone: () => void }) {
  const { workers: text, states } = words.value
  const tag = languageTag.value
  const {
    id,
    host,
    pid,
    queue,
    channel,
    group,
    running,
    concurrency,
    batchSize,
    version,
    startedAt,
    lastSeenAt,
    alive,
  } = worker
  const state = alive ? worker.state : 'silent'
  const marks: Readonly<Record<typeof state, MarkName>> = {
    working: 'good',
    paused: 'paused',
    quiet: 'quiet',
    silent: 'warn',
  }

  const [isStopping, setStopping] = useState(false)
  const told = ({ outcome }: Outcome, done: string): void => {
    if (outcome === 'unknown') toast('plain', text.unknown(id))
    else toast('good', done)
    onDone()
  }
  async function ask(order: () => Promise<Outcome>, done: string): Promise<void> {
    const answer = await attempt(order)
    if (answer !== undefined) told(answer, done)
  }
  return (
    <tr data-row>
      <th scope="row">
        <span class="with-mark">
          <Mark name={marks[state]} />
          <span>
            <span class="name">
              {host || '–'}
              {pid > 0 && <span class="faint"> {pid}</span>}
            </span>
            <span class="sub">
              <span class="mono">{id}</span> · {states[state]}
            </span>
          </span>
        </span>
      </th>
      <td>
        {queue !== undefined && <a href={hrefOf(['queues', queue], { tab: 'running' })}>{queue}</a>}
        {channel !== undefined && group !== undefined && (
          <a href={hrefOf(['channels', channel, 'groups', group])}>{text.group(group, channel)}</a>
        )}
      </td>
      <td>
        <span class="load">
          <meter aria-label={text.slots} min={0} max={Math.max(1, concurrency)} value={running} />
          {text.of(whole(running, tag), whole(concurrency, tag))}
        </span>
        {batchSize !== undefined && <span class="sub">{text.batches(whole(batchSize, tag))}</span>}
      </td>
      <td class="rank-3">
        <When at={startedAt} only="ago" />
      </td>
      <td class="rank-2">
        <When at={lastSeenAt} only="ago" />
      </td>
      <td class="rank-3 mono faint">{version}</td>
      <td class="row-actions">
        {worker.state === 'quiet' ? (
          <Action onAct={() => ask(() => api.resumeWorker(id), text.resumeDone(id))}>{text.resume}</Action>
        ) : (
          <Action onAct={() => ask(() => api.quietWorker(id), text.quietDone(id))}>{text.quiet}</Action>
        )}
        <Action kind="danger" onAct={() => setStopping(true)}>
          {text.stop}
        </Action>
        {isStopping && (
          <FormModal
            title={text.stopTitle(id)}
            text={text.stopText(pid > 0 ? `${host} ${pid}` : host || '–')}
            go={text.stopGo}
            isDanger
            onClose={() => setStopping(false)}
            onSend={async () => told(await api.stopWorker(id), text.stopDone(id))}
          />
        )}
      </td>
    </tr>
  )
}
