import { useState } from 'preact/hooks'
import type { DiscardBody, RedriveBody } from '../api/console-api.ts'
import type { DeadReport, TaskEntry } from '../api/contract.ts'
import { words } from '../language/language.ts'
import { Action } from '../parts/action.tsx'
import { DiscardDialog } from './discard-dialog.tsx'
import { RedriveDialog } from './redrive-dialog.tsx'

interface DeadActionsProps {
  /** The queue, or the group. */
  readonly of: string
  readonly letters: readonly Pick<TaskEntry, 'id' | 'payload'>[]
  /** Whether a single one may run again with another payload. */
  readonly mayEdit?: boolean
  readonly redrive: (body: RedriveBody) => Promise<DeadReport>
  readonly discard: (body: DiscardBody) => Promise<DeadReport>
  readonly onDone: () => void
}

/** What can be done with the dead letters that are selected in a list. */
export function DeadActions({ of, letters, mayEdit = false, redrive, discard, onDone }: DeadActionsProps) {
  const { list } = words.value
  const [open, setOpen] = useState<'redrive' | 'discard' | undefined>(undefined)
  const form = { of, ids: letters.map(({ id }) => id), onClose: () => setOpen(undefined), onDone }
  return (
    <>
      <Action kind="main" onAct={() => setOpen('redrive')}>
        {list.redrive}
      </Action>
      <Action kind="danger" onAct={() => setOpen('discard')}>
        {list.discard}
      </Action>
      {open === 'redrive' && <RedriveDialog {...form} payloadOf={mayEdit ? letters[0] : undefined} redrive={redrive} />}
      {open === 'discard' && <DiscardDialog {...form} discard={discard} />}
    </>
  )
}
