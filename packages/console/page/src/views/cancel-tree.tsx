import { useState } from 'preact/hooks'
import { api } from '../api/console-api.ts'
import { treesOf } from '../flow-tree.ts'
import { whole } from '../format/number.ts'
import { languageTag, words } from '../language/language.ts'
import { TextField } from '../parts/fields.tsx'
import { FormModal } from '../parts/form-modal.tsx'
import { toast } from '../state/toasts.ts'
import { useResource } from '../state/use-resource.ts'

/** The most that are counted before it is asked. */
const MOST = 1_000
const POLL_MS = 60_000

interface CancelTreeProps {
  readonly queue: string
  readonly id: string
  readonly onClose: () => void
  readonly onDone: () => void
}

/** Asks once more before a task and all that run after it are cancelled, and says how many these are. */
export function CancelTree({ queue, id, onClose, onDone }: CancelTreeProps) {
  const { flowOf: text, task } = words.value
  const tag = languageTag.value
  const [reason, setReason] = useState('')
  const { data, error } = useResource(
    `tree ${JSON.stringify([queue, id])}`,
    (signal) => api.getGraph(queue, id, MOST, signal),
    { pollMs: POLL_MS },
  )
  const count = data && treesOf(data).pendingAfter
  const said =
    count === undefined
      ? error === undefined
        ? text.counting
        : text.uncounted
      : data?.more
        ? text.cancelMore(whole(count, tag))
        : text.cancelText(whole(count, tag), count)
  return (
    <FormModal
      title={`${text.cancel}: ${id}`}
      text={said}
      go={text.cancelGo}
      unless={count === undefined && error === undefined ? text.counting : undefined}
      isDanger
      onClose={onClose}
      onSend={async () => {
        const { outcome, others } = await api.cancelTask(queue, id, { tree: true, ...(reason !== '' && { reason }) })
        const mine = outcome === 'cancelled' ? 1 : 0
        const { cancelled = 0, tooLate = 0 } = others ?? {}
        const late = tooLate + 1 - mine
        toast(
          late === 0 ? 'good' : 'plain',
          text.cancelled(whole(cancelled + mine, tag), cancelled + mine),
          late === 0 ? undefined : text.tooLate(whole(late, tag), late),
        )
        onDone()
      }}
    >
      <TextField label={task.reason} value={reason} onInput={setReason} />
    </FormModal>
  )
}
