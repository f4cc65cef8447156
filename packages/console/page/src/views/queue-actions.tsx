import { useState } from 'preact/hooks'
import { api } from '../api/console-api.ts'
import type { QueueSummary } from '../api/contract.ts'
import { short } from '../format/number.ts'
import { languageTag, words } from '../language/language.ts'
import { Action } from '../parts/action.tsx'
import { Choice, TextField } from '../parts/fields.tsx'
import { FormModal } from '../parts/form-modal.tsx'
import { toast } from '../state/toasts.ts'
import { DiscardDialog } from './discard-dialog.tsx'
import { EnqueueDialog } from './enqueue-dialog.tsx'
import { PauseAction } from './pause-action.tsx'
import { RedriveDialog } from './redrive-dialog.tsx'

interface QueueActionsProps {
  readonly queue: QueueSummary
  readonly onDone: () => void
}

/** What can be done to a whole queue. */
export function QueueActions({ queue: { name, paused, dead, waiting, delayed }, onDone }: QueueActionsProps) {
  const { queue: text, refused, list } = words.value
  const [open, setOpen] = useState<'enqueue' | 'redrive' | 'discard' | 'purge' | undefined>(undefined)
  const close = (): void => setOpen(undefined)

  const noDead = dead === 0 ? list.empty.dead : undefined
  return (
    <div class="actions">
      <PauseAction
        of={name}
        isPaused={paused}
        pause={() => api.pauseQueue(name)}
        resume={() => api.resumeQueue(name)}
        onDone={onDone}
      />
      <Action needs="producer" onAct={() => setOpen('enqueue')}>
        {text.enqueue}
      </Action>
      <Action unless={noDead} onAct={() => setOpen('redrive')}>
        {text.redrive}
      </Action>
      <Action unless={noDead} onAct={() => setOpen('discard')}>
        {text.discard}
      </Action>
      <Action
        kind="danger"
        unless={waiting + delayed === 0 ? refused.notPossible : undefined}
        onAct={() => setOpen('purge')}
      >
        {text.purge}
      </Action>
      {open === 'enqueue' && <EnqueueDialog queue={name} onClose={close} onDone={onDone} />}
      {open === 'redrive' && (
        <RedriveDialog
          of={name}
          ids={[]}
          redrive={(body) => api.redriveDead(name, body)}
          onClose={close}
          onDone={onDone}
        />
      )}
      {open === 'discard' && (
        <DiscardDialog
          of={name}
          ids={[]}
          discard={(body) => api.discardDead(name, body)}
          onClose={close}
          onDone={onDone}
        />
      )}
      {open === 'purge' && <PurgeDialog name={name} onClose={close} onDone={onDone} />}
    </div>
  )
}

interface PurgeDialogProps {
  readonly name: string
  readonly onClose: () => void
  readonly onDone: () => void
}

function PurgeDialog({ name, onClose, onDone }: PurgeDialogProps) {
  const { purge: text, states, queue } = words.value
  const [state, setState] = useState<'waiting' | 'delayed'>('waiting')
  const [confirm, setConfirm] = useState('')
  async function send(): Promise<void> {
    const { changed } = await api.purgeQueue(name, state, confirm)
    toast('good', queue.purged(short(changed, languageTag.peek()), changed))
    onDone()
  }
  return (
    <FormModal
      title={text.title(name)}
      text={text.text(states[state].toLowerCase())}
      go={text.go}
      isDanger
      unless={confirm === name ? undefined : text.confirm(name)}
      onClose={onClose}
      onSend={send}
    >
      <Choice
        label={text.which}
        chosen={state}
        onChoose={setState}
        options={[
          { key: 'waiting', text: states.waiting },
          { key: 'delayed', text: states.delayed },
        ]}
      />
      <TextField label={text.confirm(name)} value={confirm} onInput={setConfirm} />
    </FormModal>
  )
}
