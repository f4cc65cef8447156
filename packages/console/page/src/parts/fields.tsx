import type { ComponentChildren } from 'preact'
import { useId } from 'preact/hooks'
import { words } from '../language/language.ts'

interface FieldProps {
  readonly label: string
  readonly hint?: string | undefined
  readonly error?: string | undefined
  readonly children: (id: string, describedBy: string | undefined) => ComponentChildren
}

function Field({ label, hint, error, children }: FieldProps) {
  const id = useId()
  const note = error ?? hint
  return (
    <div class="field">
      <label for={id}>{label}</label>
      {children(id, note === undefined ? undefined : `${id}-note`)}
      {note !== undefined && (
        <p id={`${id}-note`} class={error === undefined ? 'faint' : 'tone-bad'}>
          {note}
        </p>
      )}
    </div>
  )
}

interface TextFieldProps {
  readonly label: string
  readonly value: string
  readonly onInput: (value: string) => void
  readonly hint?: string
  readonly type?: 'text' | 'number' | 'password'
  readonly min?: number
  readonly max?: number
}

export function TextField({ label, value, onInput, hint, type = 'text', min, max }: TextFieldProps) {
  return (
    <Field label={label} hint={hint}>
      {(id, describedBy) => (
        <input
          id={id}
          aria-describedby={describedBy}
          type={type as 'text'}
          min={min}
          max={max}
          value={value}
          autocomplete="off"
          spellcheck={false}
          onInput={({ currentTarget }) => onInput(currentTarget.value)}
        />
      )}
    </Field>
  )
}

interface JsonFieldProps {
  readonly label: string
  readonly value: string
  readonly onInput: (value: string) => void
}

export function JsonField({ label, value, onInput }: JsonFieldProps) {
  const { error } = readJson(value)
  return (
    <Field label={label} error={error}>
      {(id, describedBy) => (
        <textarea
          id={id}
          class="mono"
          rows={Math.min(18, Math.max(5, value.split('\n').length + 1))}
          aria-describedby={describedBy}
          aria-invalid={error !== undefined}
          spellcheck={false}
          value={value}
          onInput={({ currentTarget }) => onInput(currentTarget.value)}
        />
      )}
    </Field>
  )
}

/** What was typed, or why it is not JSON. */
export function readJson(text: string): { readonly value?: unknown; readonly error?: string } {
  try {
    return { value: JSON.parse(text) as unknown }
  } catch (error) {
    return { error: words.value.enqueue.notJson(error instanceof Error ? error.message : String(error)) }
  }
}

interface ChoiceProps<K extends string> {
  readonly label: string
  readonly options: readonly { readonly key: K; readonly text: string }[]
  readonly chosen: K
  readonly onChoose: (key: K) => void
}

export function Choice<K extends string>({ label, options, chosen, onChoose }: ChoiceProps<K>) {
  const name = useId()
  return (
    <fieldset class="choice">
      <legend>{label}</legend>
      {options.map(({ key, text }) => (
        <label key={key}>
          <input type="radio" name={name} value={key} checked={key === chosen} onChange={() => onChoose(key)} />
          <span>{text}</span>
        </label>
      ))}
    </fieldset>
  )
}
