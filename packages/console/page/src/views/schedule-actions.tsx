import { useState } from 'preact/hooks'
import { api } from '../api/console-api.ts'
import type { Schedule } from '../api/schedule-contract.ts'
import { words } from '../language/language.ts'
import { Action } from '../parts/action.tsx'
import { attempt, succeeds } from '../parts/attempt.ts'
import { TextField } from '../parts/fields.tsx'
import { FormModal } from '../parts/form-modal.tsx'
import { go, hrefOf } from '../state/router.ts'
import { toast } from '../state/toasts.ts'
import { ScheduleDialog } from './schedule-dialog.tsx'

interface ScheduleActionsProps {
  readonly queue: string
  readonly schedule: Schedule
  /** Of a row: what is done often. */
  readonly isShort?: boolean
  readonly onDone: () => void
}

/** What can be done to a schedule. */
export function ScheduleActions({ queue, schedule, isShort = false, onDone }: ScheduleActionsProps) {
  const { schedules: text, queue: queueText, refused } = words.value
  const { name, state } = schedule
  const [open, setOpen] = useState<'edit' | 'remove' | undefined>(undefined)
  const close = (): void => setOpen(undefined)
  const unreadable = state === 'invalid' ? refused.notPossible : undefined

  async function run(): Promise<void> {
    const answer = await attempt(() => api.runSchedule(queue, name))
    if (answer === undefined) return
    toast('good', text.runDone(answer.id))
    onDone()
  }
  async function toggle(): Promise<void> {
    const isPaused = state === 'paused'
    if (!(await succeeds(() => (isPaused ? api.resumeSchedule(queue, name) : api.pauseSchedule(queue, name))))) return
    toast('good', isPaused ? text.resumeDone(name) : text.pauseDone(name))
    onDone()
  }
  return (
    <div class="actions">
      <Action needs="producer" unless={unreadable} onAct={run}>
        {text.run}
      </Action>
      <Action unless={unreadable ?? (state === 'over' ? text.because.over : undefined)} onAct={toggle}>
        {state === 'paused' ? queueText.resume : queueText.pause}
      </Action>
      {!isShort && (
        <>
          <Action onAct={() => setOpen('edit')}>{text.edit}</Action>
          <Action kind="danger" onAct={() => setOpen('remove')}>
            {text.remove}
          </Action>
        </>
      )}
      {open === 'edit' && <ScheduleDialog queue={queue} schedule={schedule} onClose={close} onDone={onDone} />}
      {open === 'remove' && <RemoveDialog queue={queue} name={name} onClose={close} />}
    </div>
  )
}

interface RemoveDialogProps {
  readonly queue: string
  readonly name: string
  readonly onClose: () => void
}

function RemoveDialog({ queue, name, onClose }: RemoveDialogProps) {
  const { schedules: text, purge } = words.value
  const [confirm, setConfirm] = useState('')
  async function send(): Promise<void> {
    await api.removeSchedule(queue, name, confirm)
    toast('good', text.removed(name))
    go(hrefOf(['queues', queue, 'schedules']))
  }
  return (
    <FormModal
      title={text.removeTitle(name)}
      text={text.removeText}
      go={text.removeGo}
      isDanger
      unless={confirm === name ? undefined : purge.confirm(name)}
      onClose={onClose}
      onSend={send}
    >
      <TextField label={purge.confirm(name)} value={confirm} onInput={setConfirm} />
    </FormModal>
  )
}
