import { useState } from 'preact/hooks'
import type { DeadSelection, RedriveBody } from '../api/console-api.ts'
import type { DeadReport, TaskEntry } from '../api/contract.ts'
import { pretty } from '../format/preview.ts'
import { short } from '../format/number.ts'
import { languageTag, words } from '../language/language.ts'
import { Choice, JsonField, readJson, TextField } from '../parts/fields.tsx'
import { FormModal } from '../parts/form-modal.tsx'
import { toast } from '../state/toasts.ts'
import { useSelection } from './dead-selection.tsx'
import { DryRun } from './dry-run.tsx'

interface RedriveDialogProps {
  /** The queue, or the group. */
  readonly of: string
  /** Those that are selected. */
  readonly ids: readonly string[]
  /** The only one, whose payload can be edited. */
  readonly payloadOf?: Pick<TaskEntry, 'payload'> | undefined
  readonly redrive: (body: RedriveBody) => Promise<DeadReport>
  readonly onClose: () => void
  readonly onDone: () => void
}

/** Dead letters get a new life: some or all, at once or paced, and one of them with another payload. */
export function RedriveDialog({ of, ids, payloadOf, redrive, onClose, onDone }: RedriveDialogProps) {
  const { redrive: text } = words.value
  const selection = useSelection(of, ids)
  const [pace, setPace] = useState<'once' | 'paced'>('once')
  const [perSecond, setPerSecond] = useState('10')
  const [isEdited, setEdited] = useState(false)
  const [payload, setPayload] = useState(() => pretty(payloadOf?.payload))
  const mayEdit = ids.length === 1 && payloadOf?.payload !== undefined
  const json = readJson(payload)

  function body(which: DeadSelection, dryRun: boolean): RedriveBody {
    return {
      which,
      ...(pace === 'paced' ? { perSecond: Number(perSecond) } : {}),
      ...(mayEdit && isEdited ? { payload: json.value } : {}),
      ...(dryRun ? { dryRun } : selection.confirmed),
    }
  }
  async function send(): Promise<void> {
    const { changed, refused } = await redrive(body(selection.which!, false))
    const tag = languageTag.peek()
    toast(
      refused.length > 0 ? 'plain' : 'good',
      text.done(short(changed, tag), changed),
      refused.length > 0 ? text.refused(short(refused.length, tag)) : undefined,
    )
    onDone()
  }
  const wrongPace = pace === 'paced' && !(Number(perSecond) > 0) ? text.paced : undefined
  return (
    <FormModal
      title={ids.length === 1 ? text.one(ids[0]!) : text.title(of)}
      text={text.text}
      go={text.go}
      unless={selection.unless ?? wrongPace ?? (mayEdit && isEdited ? json.error : undefined)}
      beside={<DryRun selection={selection} run={(which) => redrive(body(which, true))} say={text.dryRunResult} />}
      onClose={onClose}
      onSend={send}
    >
      {selection.fields}
      <div class="in-row">
        <Choice
          label={text.pace}
          chosen={pace}
          onChoose={setPace}
          options={[
            { key: 'once', text: text.atOnce },
            { key: 'paced', text: text.paced },
          ]}
        />
        {pace === 'paced' && (
          <TextField label={text.paced} type="number" min={0} value={perSecond} onInput={setPerSecond} />
        )}
      </div>
      {mayEdit && (
        <>
          <label class="tick">
            <input
              type="checkbox"
              checked={isEdited}
              onChange={({ currentTarget }) => setEdited(currentTarget.checked)}
            />
            <span>{text.edit}</span>
          </label>
          {isEdited && <JsonField label={words.value.task.payload} value={payload} onInput={setPayload} />}
        </>
      )}
    </FormModal>
  )
}
