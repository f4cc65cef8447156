import { useState } from 'preact/hooks'
import { api } from '../api/console-api.ts'
import type { TaskEntry } from '../api/contract.ts'
import { words } from '../language/language.ts'
import { Action } from '../parts/action.tsx'
import { DiscardDialog } from './discard-dialog.tsx'
import { RedriveDialog } from './redrive-dialog.tsx'

interface GroupBulkProps {
  readonly channel: string
  readonly name: string
  readonly selected: readonly TaskEntry[]
  readonly onDone: () => void
}

/** What can be done with the selected dead letters of a group. */
export function GroupBulk({ channel, name, selected, onDone }: GroupBulkProps) {
  const { list } = words.value
  const [open, setOpen] = useState<'redrive' | 'discard' | undefined>(undefined)
  const ids = selected.map(({ id }) => id)
  const form = { of: name, ids, onClose: () => setOpen(undefined), onDone }
  return (
    <>
      <Action kind="main" onAct={() => setOpen('redrive')}>
        {list.redrive}
      </Action>
      <Action kind="danger" onAct={() => setOpen('discard')}>
        {list.discard}
      </Action>
      {open === 'redrive' && <RedriveDialog {...form} redrive={(body) => api.redriveGroupDead(channel, name, body)} />}
      {open === 'discard' && <DiscardDialog {...form} discard={(body) => api.discardGroupDead(channel, name, body)} />}
    </>
  )
}
