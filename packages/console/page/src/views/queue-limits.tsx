import { useState } from 'preact/hooks'
import { api } from '../api/console-api.ts'
import type { QueueSummary } from '../api/contract.ts'
import type { Limits, LimitsInForce } from '../api/sharing-contract.ts'
import { whole } from '../format/number.ts'
import { duration } from '../format/time.ts'
import { languageTag, words } from '../language/language.ts'
import { Action } from '../parts/action.tsx'
import { FormModal } from '../parts/form-modal.tsx'
import { Note } from '../parts/note.tsx'
import { AsOf, LoadError } from '../parts/state-of-load.tsx'
import { When } from '../parts/when.tsx'
import { toast } from '../state/toasts.ts'
import { useResource } from '../state/use-resource.ts'
import { LIMITS, limitsLine, limitText } from './limit-words.ts'
import type { LimitName } from './limit-words.ts'
import { LimitsDialog } from './limits-dialog.tsx'

const POLL_MS = 3_000

interface QueueLimitsProps {
  readonly name: string
  readonly queue: QueueSummary | undefined
}

/** What all workers of a queue share: what holds, who said so, and what of it is used. */
export function QueueLimits({ name, queue }: QueueLimitsProps) {
  const { limits: text, refused } = words.value
  const [open, setOpen] = useState<'change' | 'reset' | undefined>(undefined)
  const loaded = useResource(`limits ${name}`, (signal) => api.getLimits(name, signal), { pollMs: POLL_MS })
  const { data, reload } = loaded
  const close = (): void => setOpen(undefined)

  async function reset(): Promise<void> {
    await api.resetLimits(name)
    toast('good', text.resetDone)
    reload()
  }
  return (
    <section class="block">
      <header class="block-head">
        <h2>{text.title}</h2>
        <Action unless={data === undefined ? refused.notPossible : undefined} onAct={() => setOpen('change')}>
          {text.change}
        </Action>
        <Action unless={data?.overridden ? undefined : text.ofDefinition} onAct={() => setOpen('reset')}>
          {text.reset}
        </Action>
        <AsOf of={loaded} />
      </header>
      <LoadError of={loaded} />
      {data !== undefined && <InForce found={data} running={queue?.running ?? 0} />}
      {data !== undefined && open === 'change' && (
        <LimitsDialog queue={name} limits={data.limits} onClose={close} onDone={reload} />
      )}
      {data !== undefined && open === 'reset' && (
        <FormModal
          title={text.resetTitle(name)}
          text={text.resetText(limitsLine(data.defined ?? {}))}
          go={text.resetGo}
          onClose={close}
          onSend={reset}
        />
      )}
    </section>
  )
}

function InForce({ found, running }: { readonly found: LimitsInForce; readonly running: number }) {
  const { limits: text } = words.value
  const { limits, defined, overridden, heldForMs, changed, contested } = found
  const isNone = LIMITS.every((name) => limitText(limits, name) === undefined)
  return (
    <>
      {heldForMs !== undefined && <Note>{text.heldFor(duration(heldForMs, languageTag.value))}</Note>}
      {contested !== undefined && <Note>{text.contested(limitsLine(contested))}</Note>}
      <p>
        {overridden ? text.overridden : isNone ? text.noLimits : text.ofDefinition}
        {changed !== undefined && (
          <span class="faint">
            {' '}
            {(overridden ? text.setBy : text.resetBy)(changed.by ?? text.somebody)}, <When at={changed.at} />
          </span>
        )}
      </p>
      <table class="table limits">
        <thead>
          <tr>
            <th scope="col">{text.limit}</th>
            <th scope="col">{text.holds}</th>
            <th scope="col" class="rank-2">
              {text.defined}
            </th>
            <th scope="col">{text.inUse}</th>
          </tr>
        </thead>
        <tbody>
          {LIMITS.map((name) => (
            <tr key={name}>
              <th scope="row">{text[name]}</th>
              <Cell limits={limits} name={name} isOther={overridden && differs(limits, defined, name)} />
              <td class="rank-2 faint">{limitText(defined ?? {}, name) ?? none(name)}</td>
              <td>{name === 'concurrency' && <InUse running={running} limit={limits.concurrency} />}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </>
  )
}

function none(name: LimitName): string {
  const { limits: text } = words.value
  return name === 'keyHold' ? text.no : text.none
}

function differs(one: Limits, other: Limits | undefined, name: LimitName): boolean {
  return limitText(one, name) !== limitText(other ?? {}, name)
}

interface CellProps {
  readonly limits: Limits
  readonly name: LimitName
  /** Than the definition's. */
  readonly isOther: boolean
}

function Cell({ limits, name, isOther }: CellProps) {
  const value = limitText(limits, name)
  return <td class={isOther ? 'set' : value === undefined ? 'faint' : ''}>{value ?? none(name)}</td>
}

function InUse({ running, limit }: { readonly running: number; readonly limit: number | undefined }) {
  const { workers } = words.value
  const tag = languageTag.value
  if (limit === undefined) return <>{whole(running, tag)}</>
  return (
    <span class="load">
      <meter aria-label={words.value.limits.inUse} min={0} max={limit} value={running} />
      {workers.of(whole(running, tag), whole(limit, tag))}
    </span>
  )
}
