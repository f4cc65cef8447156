import type { ComponentChildren } from 'preact'
import { useState } from 'preact/hooks'
import { words } from '../language/language.ts'
import { succeeds } from './attempt.ts'
import { Modal } from './modal.tsx'

interface FormModalProps {
  readonly title: string
  readonly text?: string | undefined
  readonly go: string
  readonly isDanger?: boolean
  /** Why it cannot be sent yet. */
  readonly unless?: string | undefined
  readonly beside?: ComponentChildren
  readonly onClose: () => void
  /** A throw is shown, and the form stays open with all that was typed. */
  readonly onSend: () => Promise<void>
  readonly children?: ComponentChildren
}

/** A dialog that does one thing. */
export function FormModal({
  title,
  text,
  go,
  isDanger = false,
  unless,
  beside,
  onClose,
  onSend,
  children,
}: FormModalProps) {
  const [isBusy, setBusy] = useState(false)
  async function send(event: Event): Promise<void> {
    event.preventDefault()
    if (isBusy || unless !== undefined) return
    setBusy(true)
    const isDone = await succeeds(onSend)
    setBusy(false)
    if (isDone) onClose()
  }
  return (
    <Modal title={title} onClose={onClose}>
      <form onSubmit={send}>
        {text !== undefined && <p>{text}</p>}
        {children}
        <footer>
          {beside}
          <span class="spring" />
          <button type="button" class="button" onClick={onClose}>
            {words.value.act.cancel}
          </button>
          <button
            type="submit"
            class={`button ${isDanger ? 'danger' : 'main'}`}
            aria-disabled={unless !== undefined}
            aria-busy={isBusy}
            title={unless}
          >
            {go}
          </button>
        </footer>
      </form>
    </Modal>
  )
}
