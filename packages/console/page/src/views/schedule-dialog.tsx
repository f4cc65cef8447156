import { useState } from 'preact/hooks'
import { api } from '../api/console-api.ts'
import type { Missed, Schedule, ScheduleRule } from '../api/schedule-contract.ts'
import { pretty } from '../format/preview.ts'
import { words } from '../language/language.ts'
import { Choice, JsonField, readJson, TextField } from '../parts/fields.tsx'
import { FormModal } from '../parts/form-modal.tsx'
import { toast } from '../state/toasts.ts'

interface ScheduleDialogProps {
  readonly queue: string
  /** The one that is edited; none: a new one. */
  readonly schedule?: Schedule | undefined
  readonly onClose: () => void
  readonly onDone: () => void
}

const MISSED: readonly Missed[] = ['skip', 'one', 'all']

/** Sets a new schedule, or changes the rule of one; what the form does not show stays as it is. */
export function ScheduleDialog({ queue, schedule, onClose, onDone }: ScheduleDialogProps) {
  const { schedules: text, enqueue, task } = words.value
  const isNew = schedule === undefined
  const [name, setName] = useState(schedule?.name ?? '')
  const [kind, setKind] = useState<'cron' | 'interval'>(schedule?.everyMs === undefined ? 'cron' : 'interval')
  const [cron, setCron] = useState(schedule?.cron ?? '0 9 * * MON-FRI')
  const [zone, setZone] = useState(schedule?.timeZone ?? 'UTC')
  const [every, setEvery] = useState(String((schedule?.everyMs ?? 3_600_000) / 1_000))
  const [missed, setMissed] = useState<Missed>(schedule?.missed ?? 'one')
  const [jitter, setJitter] = useState(String((schedule?.jitterMs ?? 0) / 1_000))
  const [isEdited, setEdited] = useState(isNew)
  const [payload, setPayload] = useState(isNew ? '{\n  \n}' : pretty(schedule.payload))
  const json = readJson(payload)

  async function send(): Promise<void> {
    const { state } = await api.setSchedule(queue, name, {
      ...(kind === 'cron' ? { cron, timeZone: zone.trim() || 'UTC' } : { everyMs: Math.round(Number(every) * 1_000) }),
      missed,
      jitterMs: Math.round(Number(jitter) * 1_000),
      ...(schedule?.from === undefined ? {} : { from: schedule.from }),
      ...(schedule?.until === undefined ? {} : { until: schedule.until }),
      ...(isEdited ? { payload: json.value } : {}),
    } satisfies ScheduleRule)
    toast('good', text.set[state])
    onDone()
  }
  return (
    <FormModal
      title={isNew ? text.createTitle(queue) : text.editTitle(schedule.name)}
      text={isNew ? undefined : text.editText}
      go={isNew ? text.createGo : text.editGo}
      unless={name === '' ? text.name : isEdited ? json.error : undefined}
      onClose={onClose}
      onSend={send}
    >
      {isNew && <TextField label={text.name} value={name} onInput={setName} />}
      <Choice
        label={text.kind}
        chosen={kind}
        onChoose={setKind}
        options={[
          { key: 'cron', text: text.byCron },
          { key: 'interval', text: text.byInterval },
        ]}
      />
      {kind === 'cron' ? (
        <div class="in-row">
          <TextField label={text.cron} value={cron} onInput={setCron} hint={text.cronHint} />
          <TextField label={text.zone} value={zone} onInput={setZone} hint={text.zoneHint} />
        </div>
      ) : (
        <TextField label={text.interval} type="number" min={0.1} value={every} onInput={setEvery} />
      )}
      <Choice
        label={text.missedWhich}
        chosen={missed}
        onChoose={setMissed}
        options={MISSED.map((key) => ({ key, text: text.missedAs[key] }))}
      />
      <TextField label={text.jitter} type="number" min={0} value={jitter} onInput={setJitter} />
      {!isNew && (
        <label class="tick">
          <input
            type="checkbox"
            checked={isEdited}
            onChange={({ currentTarget }) => setEdited(currentTarget.checked)}
          />
          <span>{text.editPayload}</span>
        </label>
      )}
      {isEdited && <JsonField label={isNew ? enqueue.payload : task.payload} value={payload} onInput={setPayload} />}
    </FormModal>
  )
}
