import { api } from '../api/console-api.ts'
import type { Change } from '../api/contract.ts'
import { wordFor, words } from '../language/language.ts'
import { CopyButton } from '../parts/copy-button.tsx'
import { ListHead } from '../parts/list-head.tsx'
import { LoadError } from '../parts/state-of-load.tsx'
import { useTitle } from '../parts/use-title.ts'
import { When } from '../parts/when.tsx'
import { matchesSearch } from '../state/search.ts'
import { useResource } from '../state/use-resource.ts'

const POLL_MS = 5_000

/** Who changed what through this console. */
export function ChangesView() {
  const { changes: text, palette } = words.value
  useTitle(text.title)
  const loaded = useResource('changes', (signal) => api.listChanges(signal), {
    pollMs: POLL_MS,
  })
  const { data } = loaded
  const shown = (data?.entries ?? []).filter(({ who, action, target, outcome, requestId }) =>
    matchesSearch(who, action, target, outcome, requestId),
  )
  return (
    <section class="block">
      <ListHead title={text.title} label={text.filter} of={loaded} />
      <p class="faint">{text.text}</p>
      <LoadError of={loaded} />
      {data !== undefined && shown.length === 0 && (
        <p class="empty">{data.entries.length === 0 ? text.empty : palette.empty}</p>
      )}
      {shown.length > 0 && (
        <table class="table changes">
          <thead>
            <tr>
              <th scope="col">{text.when}</th>
              <th scope="col">{text.who}</th>
              <th scope="col">{text.action}</th>
              <th scope="col">{text.target}</th>
              <th scope="col" class="rank-2">
                {text.outcome}
              </th>
              <th scope="col" class="rank-3">
                {text.request}
              </th>
            </tr>
          </thead>
          <tbody>
            {shown.map((entry) => (
              <Row key={`${entry.at} ${entry.requestId}`} entry={entry} />
            ))}
          </tbody>
        </table>
      )}
    </section>
  )
}

function Row({ entry: { at, who, role, action, target, note, outcome, requestId } }: { readonly entry: Change }) {
  const { roles, changes } = words.value
  return (
    <tr data-row tabIndex={-1}>
      <td>
        <When at={at} />
      </td>
      <td>
        {who} <span class="faint">{wordFor(roles, role) ?? role}</span>
      </td>
      <td class="mono">
        {action}
        {note !== undefined && <span class="faint"> {note}</span>}
      </td>
      <td class="mono break">{target}</td>
      <td class="rank-2">{outcome}</td>
      <td class="rank-3 mono faint">
        {requestId.slice(0, 8)} <CopyButton text={requestId} what={changes.request} />
      </td>
    </tr>
  )
}
