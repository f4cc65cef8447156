import { useState } from 'preact/hooks'
import { api } from '../api/console-api.ts'
import { words } from '../language/language.ts'
import { JsonField, readJson, TextField } from '../parts/fields.tsx'
import { FormModal } from '../parts/form-modal.tsx'
import { toast } from '../state/toasts.ts'

interface EnqueueDialogProps {
  readonly queue: string
  readonly onClose: () => void
  readonly onDone: () => void
}

export function EnqueueDialog({ queue, onClose, onDone }: EnqueueDialogProps) {
  const { enqueue: text, task } = words.value
  const [payload, setPayload] = useState('{\n  \n}')
  const [id, setId] = useState('')
  const [delay, setDelay] = useState('0')
  const [priority, setPriority] = useState('4')
  // One form is one task, however often it is sent.
  const [key] = useState(() => newKey())
  const json = readJson(payload)

  async function send(): Promise<void> {
    const delayMs = Math.round(Number(delay) * 1_000)
    const answer = await api.enqueueTask(
      queue,
      {
        payload: json.value,
        ...(id === '' ? {} : { id }),
        ...(delayMs > 0 ? { delayMs } : {}),
        ...(priority === '4' ? {} : { priority: Number(priority) }),
      },
      key,
    )
    toast('good', text.done(answer.id))
    onDone()
  }
  return (
    <FormModal title={text.title(queue)} go={text.go} unless={json.error} onClose={onClose} onSend={send}>
      <JsonField label={text.payload} value={payload} onInput={setPayload} />
      <TextField label={text.id} value={id} onInput={setId} />
      <div class="in-row">
        <TextField label={`${text.delay}: ${task.delay}`} type="number" min={0} value={delay} onInput={setDelay} />
        <TextField label={text.priority} type="number" min={0} max={9} value={priority} onInput={setPriority} />
      </div>
    </FormModal>
  )
}

/** `crypto.randomUUID` is not there over plain HTTP. */
function newKey(): string {
  return [...crypto.getRandomValues(new Uint8Array(16))].map((byte) => byte.toString(16).padStart(2, '0')).join('')
}
