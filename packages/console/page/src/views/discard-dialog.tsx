import type { DiscardBody } from '../api/console-api.ts'
import type { DeadReport } from '../api/contract.ts'
import { short } from '../format/number.ts'
import { languageTag, words } from '../language/language.ts'
import { FormModal } from '../parts/form-modal.tsx'
import { toast } from '../state/toasts.ts'
import { useSelection } from './dead-selection.tsx'
import { DryRun } from './dry-run.tsx'

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

  async function send(): Promise<void> {
    const { changed } = await discard({ which: selection.which!, ...selection.confirmed })
    toast('good', text.done(short(changed, languageTag.peek()), changed))
    onDone()
  }
  return (
    <FormModal
      title={text.title(of)}
      text={text.text}
      go={text.go}
      isDanger
      unless={selection.unless}
      beside={
        <DryRun
          selection={selection}
          run={(which) => discard({ which, dryRun: true })}
          say={redrive.dryDiscardResult}
        />
      }
      onClose={onClose}
      onSend={send}
    >
      {selection.fields}
    </FormModal>
  )
}
