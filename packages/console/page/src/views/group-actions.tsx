import { useState } from 'preact/hooks'
import { api } from '../api/console-api.ts'
import type { GroupStats } from '../api/channel-contract.ts'
import { words } from '../language/language.ts'
import { Action } from '../parts/action.tsx'
import { Choice, TextField } from '../parts/fields.tsx'
import { FormModal } from '../parts/form-modal.tsx'
import { go, hrefOf } from '../state/router.ts'
import { toast } from '../state/toasts.ts'
import { PauseAction } from './pause-action.tsx'

interface GroupActionsProps {
  readonly channel: string
  readonly name: string
  readonly group: GroupStats
  readonly onDone: () => void
}

/** What can be done to a whole group. */
export function GroupActions({ channel, name, group: { paused }, onDone }: GroupActionsProps) {
  const { channels: text } = words.value
  const [open, setOpen] = useState<'seek' | 'remove' | undefined>(undefined)
  const close = (): void => setOpen(undefined)

  return (
    <div class="actions">
      <PauseAction
        of={name}
        isPaused={paused}
        pause={() => api.pauseGroup(channel, name)}
        resume={() => api.resumeGroup(channel, name)}
        onDone={onDone}
      />
      <Action onAct={() => setOpen('seek')}>{text.seek}</Action>
      <Action kind="danger" onAct={() => setOpen('remove')}>
        {text.remove}
      </Action>
      {open === 'seek' && <SeekDialog channel={channel} name={name} onClose={close} onDone={onDone} />}
      {open === 'remove' && <RemoveDialog channel={channel} name={name} onClose={close} />}
    </div>
  )
}

type SeekTo = 'earliest' | 'latest' | 'since'

interface DialogProps {
  readonly channel: string
  readonly name: string
  readonly onClose: () => void
}

function SeekDialog({ channel, name, onClose, onDone }: DialogProps & { readonly onDone: () => void }) {
  const { channels: text } = words.value
  const [to, setTo] = useState<SeekTo>('since')
  const [minutes, setMinutes] = useState('60')
  const sinceMs = Math.round(Number(minutes) * 60_000)
  async function send(): Promise<void> {
    await api.seekGroup(channel, name, to === 'since' ? { sinceMs } : to)
    toast('good', text.seekDone(name))
    onDone()
  }
  return (
    <FormModal
      title={text.seekTitle(name)}
      text={text.seekText}
      go={text.seekGo}
      unless={to !== 'since' || sinceMs >= 0 ? undefined : text.sinceMinutes}
      onClose={onClose}
      onSend={send}
    >
      <Choice<SeekTo>
        label={text.seekTo}
        chosen={to}
        onChoose={setTo}
        options={[
          { key: 'since', text: text.since },
          { key: 'earliest', text: text.earliest },
          { key: 'latest', text: text.latest },
        ]}
      />
      {to === 'since' && (
        <TextField label={text.sinceMinutes} type="number" min={0} value={minutes} onInput={setMinutes} />
      )}
    </FormModal>
  )
}

function RemoveDialog({ channel, name, onClose }: DialogProps) {
  const { channels: text, purge } = words.value
  const [confirm, setConfirm] = useState('')
  async function send(): Promise<void> {
    await api.removeGroup(channel, name, confirm)
    toast('good', text.removed(name))
    go(hrefOf(['channels', channel]))
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
