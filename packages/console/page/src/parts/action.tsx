import type { ComponentChildren } from 'preact'
import { useId, useState } from 'preact/hooks'
import type { Role } from '../api/contract.ts'
import { refusal } from '../state/session.ts'
import { toast } from '../state/toasts.ts'

interface ActionProps {
  readonly needs?: Role
  /** Why it cannot be done now, where that is not a matter of the role. */
  readonly unless?: string | undefined
  readonly kind?: 'plain' | 'main' | 'danger'
  readonly onAct: () => unknown
  readonly children: ComponentChildren
}

/** A button that says why, when it cannot be used: it keeps the focus and answers a click with the reason. */
export function Action({ needs = 'operator', unless, kind = 'plain', onAct, children }: ActionProps) {
  const id = useId()
  const [isBusy, setBusy] = useState(false)
  const why = refusal(needs) ?? unless
  async function act(): Promise<void> {
    if (why !== undefined) return toast('plain', why)
    if (isBusy) return
    setBusy(true)
    try {
      await onAct()
    } finally {
      setBusy(false)
    }
  }
  return (
    <>
      <button
        type="button"
        class={`button ${kind}`}
        aria-disabled={why !== undefined}
        aria-busy={isBusy}
        aria-describedby={why === undefined ? undefined : id}
        title={why}
        onClick={act}
      >
        {children}
      </button>
      {why !== undefined && (
        <span id={id} class="unseen">
          {why}
        </span>
      )}
    </>
  )
}
