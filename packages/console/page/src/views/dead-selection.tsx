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
  readonly isSelected: boolean
  /** What a call needs beside it that takes all of them. */
  readonly confirmed: { readonly confirm?: string }
}

type Kind = 'selected' | 'matching' | 'all'

/** Which dead letters: those that are selected, those that match, or all, for which the name is typed. */
export function useSelection(of: string, ids: readonly string[]): Selection {
  const { redrive: text } = words.value
  const [kind, setKind] = useState<Kind>(ids.length > 0 ? 'selected' : 'matching')
  const [reason, setReason] = useState('')
  const [error, setError] = useState('')
  const [confirm, setConfirm] = useState('')

  const hasFilter = reason !== '' || error !== ''
  const which: DeadSelection | undefined =
    kind === 'selected'
      ? { ids }
      : kind === 'all'
        ? 'all'
        : hasFilter
          ? { ...(reason === '' ? {} : { reason }), ...(error === '' ? {} : { error }) }
          : undefined
  const unless =
    kind === 'matching' && !hasFilter
      ? text.needsFilter
      : kind === 'all' && confirm !== of
        ? text.confirm(of)
        : undefined

  return {
    which,
    unless,
    isSelected: kind === 'selected',
    confirmed: kind === 'all' ? { confirm } : {},
    fields: (
      <>
        <Choice<Kind>
          label={text.which}
          chosen={kind}
          onChoose={setKind}
          options={[
            ...(ids.length > 0
              ? [{ key: 'selected' as const, text: text.selected(short(ids.length, languageTag.value), ids.length) }]
              : []),
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
        {kind === 'all' && <TextField label={text.confirm(of)} value={confirm} onInput={setConfirm} />}
      </>
    ),
  }
}
