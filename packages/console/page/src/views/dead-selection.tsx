import { useState } from 'preact/hooks'
import type { ComponentChildren } from 'preact'
import type { DeadSelection } from '../api/console-api.ts'
import { short } from '../format/number.ts'
import { languageTag, words } from '../language/language.ts'
import { Choice, TextField } from '../parts/fields.tsx'

export interface Selection {
  readonly fields: ComponentChildren
  /** Undefined until enough is said. */
  readonly which: DeadSelection | undefined
  /** Why it cannot be done yet. */
  readonly unless: string | undefined
  /** What a call needs beside it that takes all of them. */
  readonly confirmed: { readonly confirm?: string }
}

type Kind = 'matching' | 'all'

/** Which dead letters: those that were selected; else those that match, or all, for which the name is typed. */
export function useSelection(of: string, ids: readonly string[]): Selection {
  const { redrive: text, purge } = words.value
  const [kind, setKind] = useState<Kind>('matching')
  const [reason, setReason] = useState('')
  const [error, setError] = useState('')
  const [confirm, setConfirm] = useState('')

  if (ids.length > 0) {
    const fields = <p>{text.selected(short(ids.length, languageTag.value), ids.length)}</p>
    return { which: { ids }, unless: undefined, confirmed: {}, fields: ids.length === 1 ? null : fields }
  }
  const hasFilter = reason !== '' || error !== ''
  const filtered = { ...(reason === '' ? {} : { reason }), ...(error === '' ? {} : { error }) }
  const isConfirmed = confirm === of
  return {
    which: kind === 'all' ? 'all' : hasFilter ? filtered : undefined,
    unless: kind === 'all' ? (isConfirmed ? undefined : purge.confirm(of)) : hasFilter ? undefined : text.needsFilter,
    confirmed: kind === 'all' ? { confirm } : {},
    fields: (
      <>
        <Choice<Kind>
          label={text.which}
          chosen={kind}
          onChoose={setKind}
          options={[
            { key: 'matching', text: text.matching },
            { key: 'all', text: text.all },
          ]}
        />
        {kind === 'matching' && (
          <div class="in-row">
            <TextField label={text.reason} value={reason} onInput={setReason} />
            <TextField label={text.error} value={error} onInput={setError} />
          </div>
        )}
        {kind === 'all' && <TextField label={purge.confirm(of)} value={confirm} onInput={setConfirm} />}
      </>
    ),
  }
}
