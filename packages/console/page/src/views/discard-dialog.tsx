import { useState } from 'preact/hooks'
import type { DiscardBody } from '../api/console-api.ts'
import type { DeadReport } from '../api/contract.ts'
import { short } from '../format/number.ts'
import { languageTag, words } from '../language/language.ts'
import { attempt } from '../parts/attempt.ts'
import { FormModal } from '../parts/form-modal.tsx'
import { toast } from '../state/toasts.ts'
import { useSelection } from './dead-selection.tsx'

interface DiscardDialogProps {
  readonly of: string
  readonly ids: readonly string[]
  readonly discard: (body: DiscardBody) => Promise<DeadReport>
  readonly onClose: () => void
  readonly onDone: () => void
}

export function DiscardDialog({ of, ids, discard, onClose, onDone }: DiscardDialogProps) {
  const { discard: text, redrive } = words.value
  const selection = useSelection(of, ids)
  const [dry, setDry] = useState<DeadReport | undefined>(undefined)

  async function tryOut(): Promise<void> {
    const { which } = selection
    if (which === undefined) return toast('plain', selection.unless ?? '')
    setDry(await attempt(() => discard({ which, dryRun: true })))
  }
  async function send(): Promise<void> {
    const { changed } = await discard({ which: selection.which!, ...selection.confirmed })
    toast('good', text.done(short(changed, languageTag.peek()), changed))
    onDone()
  }
  const found = dry === undefined ? undefined : (dry.count ?? dry.ids.length)
  return (
    <FormModal
      title={text.title(of)}
      text={text.text}
      go={text.go}
      isDanger
      unless={selection.unless}
      beside={
        <>
          <button type="button" class="button" onClick={tryOut}>
            {redrive.dryRun}
          </button>
          {found !== undefined && <output>{redrive.dryDiscardResult(short(found, languageTag.value), found)}</output>}
        </>
      }
      onClose={onClose}
      onSend={send}
    >
      {selection.fields}
    </FormModal>
  )
}
