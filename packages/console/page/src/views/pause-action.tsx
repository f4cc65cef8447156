import { words } from '../language/language.ts'
import { Action } from '../parts/action.tsx'
import { succeeds } from '../parts/attempt.ts'
import { toast } from '../state/toasts.ts'

interface PauseActionProps {
  /** The queue, or the group. */
  readonly of: string
  readonly isPaused: boolean
  readonly pause: () => Promise<unknown>
  readonly resume: () => Promise<unknown>
  readonly onDone: () => void
}

/** Pauses what runs, and resumes what is paused. */
export function PauseAction({ of, isPaused, pause, resume, onDone }: PauseActionProps) {
  const { queue: text } = words.value
  async function toggle(): Promise<void> {
    if (!(await succeeds(isPaused ? resume : pause))) return
    toast('good', isPaused ? text.resumed(of) : text.paused(of))
    onDone()
  }
  return <Action onAct={toggle}>{isPaused ? text.resume : text.pause}</Action>
}
