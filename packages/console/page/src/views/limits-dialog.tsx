import { useState } from 'preact/hooks'
import { api } from '../api/console-api.ts'
import type { Limits, LimitsPatch, Rate } from '../api/sharing-contract.ts'
import { words } from '../language/language.ts'
import { TextField } from '../parts/fields.tsx'
import { FormModal } from '../parts/form-modal.tsx'
import { toast } from '../state/toasts.ts'
import { limitsLine } from './limit-words.ts'

interface LimitsDialogProps {
  readonly queue: string
  /** What holds now. */
  readonly limits: Limits
  readonly onClose: () => void
  readonly onDone: () => void
}

interface Typed {
  readonly concurrency: string
  readonly count: string
  readonly seconds: string
  readonly burst: string
}

/** Limits are edited, with what will hold then in words before it is sent. */
export function LimitsDialog({ queue, limits, onClose, onDone }: LimitsDialogProps) {
  const { limits: text } = words.value
  const [whole, setWhole] = useState(() => typedOf(limits))
  const [each, setEach] = useState(() => typedOf(limits.perKey ?? {}))
  const [holds, setHolds] = useState(limits.perKey?.holdOnRetry === true)
  const both = { whole: read(whole), each: read(each) }
  const wrong = both.whole.wrong ?? both.each.wrong

  const perKey = { ...both.each.limits, ...(holds ? { holdOnRetry: true } : {}) }
  async function send(): Promise<void> {
    await api.setLimits(queue, {
      concurrency: both.whole.limits.concurrency ?? null,
      rate: both.whole.limits.rate ?? null,
      perKey:
        Object.keys(perKey).length === 0
          ? null
          : {
              concurrency: both.each.limits.concurrency ?? null,
              rate: both.each.limits.rate ?? null,
              holdOnRetry: holds || null,
            },
    } satisfies LimitsPatch)
    toast('good', text.done)
    onDone()
  }
  return (
    <FormModal
      title={text.changeTitle(queue)}
      text={text.changeText}
      go={text.go}
      isDanger
      unless={wrong}
      onClose={onClose}
      onSend={send}
    >
      <Fields title={text.whole} typed={whole} onType={setWhole} />
      <Fields title={text.each} typed={each} onType={setEach} />
      <label class="tick">
        <input type="checkbox" checked={holds} onChange={({ currentTarget }) => setHolds(currentTarget.checked)} />
        <span>{text.keyHold}</span>
      </label>
      <p aria-live="polite" class={wrong === undefined ? '' : 'tone-bad'}>
        {wrong ?? (
          <>
            <b>{text.after}:</b> {limitsLine({ ...both.whole.limits, perKey })}
          </>
        )}
      </p>
    </FormModal>
  )
}

interface FieldsProps {
  readonly title: string
  readonly typed: Typed
  readonly onType: (typed: Typed) => void
}

function Fields({ title, typed, onType }: FieldsProps) {
  const { limits: text } = words.value
  const set = (name: keyof Typed) => (value: string) => onType({ ...typed, [name]: value })
  return (
    <fieldset class="fields">
      <legend>{title}</legend>
      <div class="in-row">
        <TextField
          label={text.concurrency}
          type="number"
          min={1}
          value={typed.concurrency}
          onInput={set('concurrency')}
        />
        <TextField label={text.count} type="number" min={1} value={typed.count} onInput={set('count')} />
        <TextField label={text.seconds} type="number" min={0} value={typed.seconds} onInput={set('seconds')} />
        <TextField label={text.atOnce} type="number" min={1} value={typed.burst} onInput={set('burst')} />
      </div>
    </fieldset>
  )
}

function typedOf({ concurrency, rate }: Pick<Limits, 'concurrency' | 'rate'>): Typed {
  return {
    concurrency: textOf(concurrency),
    count: textOf(rate?.count),
    seconds: textOf(rate && rate.perMs / 1_000),
    burst: textOf(rate?.burst),
  }
}

const textOf = (value: number | undefined): string => (value === undefined ? '' : String(value))

interface Read {
  readonly limits: Pick<Limits, 'concurrency' | 'rate'>
  readonly wrong: string | undefined
}

function read({ concurrency, count, seconds, burst }: Typed): Read {
  const { limits: text } = words.value
  const numbers = [concurrency, count, burst].filter((typed) => typed.trim() !== '').map(Number)
  const isNumber = numbers.every((value) => Number.isSafeInteger(value) && value >= 1)
  const perMs = Math.round(Number(seconds) * 1_000)
  const hasRate = count.trim() !== '' || seconds.trim() !== ''
  const isRate = count.trim() !== '' && seconds.trim() !== '' && perMs >= 1
  const rate: Rate = { count: Number(count), perMs, ...(burst.trim() === '' ? {} : { burst: Number(burst) }) }
  return {
    limits: { ...(concurrency.trim() === '' ? {} : { concurrency: Number(concurrency) }), ...(isRate ? { rate } : {}) },
    wrong: !isNumber ? text.wrongNumber : hasRate && !isRate ? text.wrongRate : undefined,
  }
}
