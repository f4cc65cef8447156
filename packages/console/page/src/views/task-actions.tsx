import { useState } from 'preact/hooks'
import { api } from '../api/console-api.ts'
import type { Outcome } from '../api/console-api.ts'
import type { TaskRecord } from '../api/contract.ts'
import { pretty } from '../format/preview.ts'
import { wordFor, words } from '../language/language.ts'
import { Action } from '../parts/action.tsx'
import { attempt } from '../parts/attempt.ts'
import { JsonField, readJson, TextField } from '../parts/fields.tsx'
import { FormModal } from '../parts/form-modal.tsx'
import { toast } from '../state/toasts.ts'
import { DiscardDialog } from './discard-dialog.tsx'
import { RedriveDialog } from './redrive-dialog.tsx'

interface TaskActionsProps {
  readonly queue: string
  readonly task: TaskRecord
  readonly onDone: () => void
}

type Open = 'cancel' | 'reschedule' | 'priority' | 'edit' | 'redrive' | 'discard'

/** What can be done to one task in the state that it has. */
export function TaskActions({ queue, task, onDone }: TaskActionsProps) {
  const { task: text, list } = words.value
  const [open, setOpen] = useState<Open | undefined>(undefined)
  const close = (): void => setOpen(undefined)
  const { id, state } = task
  const isPending = state === 'waiting' || state === 'delayed'

  function tell(answer: Outcome | undefined): void {
    if (answer === undefined) return
    const { outcome } = answer
    toast(outcome === 'too-late' ? 'plain' : 'good', wordFor(text.outcome, outcome) ?? outcome)
    onDone()
  }
  const form = { queue, task, onClose: close, onAnswer: tell }
  return (
    <div class="actions">
      {state === 'dead' && (
        <>
          <Action kind="main" onAct={() => setOpen('redrive')}>
            {list.redrive}
          </Action>
          <Action kind="danger" onAct={() => setOpen('discard')}>
            {list.discard}
          </Action>
        </>
      )}
      {state === 'delayed' && (
        <Action kind="main" onAct={async () => tell(await attempt(() => api.promoteTask(queue, id)))}>
          {text.promote}
        </Action>
      )}
      {isPending && (
        <>
          <Action onAct={() => setOpen('reschedule')}>{text.reschedule}</Action>
          <Action onAct={() => setOpen('priority')}>{text.priority}</Action>
          <Action unless={task.payload === undefined ? text.withheld : undefined} onAct={() => setOpen('edit')}>
            {text.edit}
          </Action>
        </>
      )}
      {(isPending || state === 'running') && (
        <Action kind="danger" onAct={() => setOpen('cancel')}>
          {text.cancel}
        </Action>
      )}
      {open === 'cancel' && <CancelForm {...form} />}
      {open === 'reschedule' && <RescheduleForm {...form} />}
      {open === 'priority' && <PriorityForm {...form} />}
      {open === 'edit' && <EditForm {...form} />}
      {open === 'redrive' && (
        <RedriveDialog
          of={queue}
          ids={[id]}
          payloadOf={task}
          redrive={(body) => api.redriveDead(queue, body)}
          onClose={close}
          onDone={onDone}
        />
      )}
      {open === 'discard' && (
        <DiscardDialog
          of={queue}
          ids={[id]}
          discard={(body) => api.discardDead(queue, body)}
          onClose={close}
          onDone={onDone}
        />
      )}
    </div>
  )
}

interface FormProps {
  readonly queue: string
  readonly task: TaskRecord
  readonly onClose: () => void
  readonly onAnswer: (answer: Outcome) => void
}

function CancelForm({ queue, task: { id }, onClose, onAnswer }: FormProps) {
  const { task: text } = words.value
  const [reason, setReason] = useState('')
  return (
    <FormModal
      title={`${text.cancel}: ${id}`}
      text={text.cancelText}
      go={text.cancel}
      isDanger
      onClose={onClose}
      onSend={async () => onAnswer(await api.cancelTask(queue, id, reason === '' ? {} : { reason }))}
    >
      <TextField label={text.reason} value={reason} onInput={setReason} />
    </FormModal>
  )
}

function RescheduleForm({ queue, task: { id, dueInMs }, onClose, onAnswer }: FormProps) {
  const { task: text } = words.value
  const [delay, setDelay] = useState(String(Math.round((dueInMs ?? 0) / 1_000)))
  const delayMs = Math.round(Number(delay) * 1_000)
  return (
    <FormModal
      title={text.rescheduleTitle}
      go={text.rescheduleTitle}
      unless={delayMs >= 0 ? undefined : text.delay}
      onClose={onClose}
      onSend={async () => onAnswer(await api.rescheduleTask(queue, id, delayMs))}
    >
      <TextField label={text.delay} type="number" min={0} value={delay} onInput={setDelay} />
    </FormModal>
  )
}

function PriorityForm({ queue, task: { id, priority = 4 }, onClose, onAnswer }: FormProps) {
  const { task: text, list, act } = words.value
  const [level, setLevel] = useState(String(priority))
  const isLevel = /^[0-9]$/.test(level)
  return (
    <FormModal
      title={text.priorityTitle}
      go={act.save}
      unless={isLevel ? undefined : text.priorityHint}
      onClose={onClose}
      onSend={async () => onAnswer(await api.prioritizeTask(queue, id, Number(level)))}
    >
      <TextField
        label={list.priority}
        hint={text.priorityHint}
        type="number"
        min={0}
        max={9}
        value={level}
        onInput={setLevel}
      />
    </FormModal>
  )
}

function EditForm({ queue, task: { id, payload: before }, onClose, onAnswer }: FormProps) {
  const { task: text, act } = words.value
  const [payload, setPayload] = useState(() => pretty(before))
  const { value, error } = readJson(payload)
  return (
    <FormModal
      title={text.editTitle}
      go={act.save}
      unless={error}
      onClose={onClose}
      onSend={async () => onAnswer(await api.updateTask(queue, id, value))}
    >
      <JsonField label={text.payload} value={payload} onInput={setPayload} />
    </FormModal>
  )
}
