import type { ErrorText } from '../access/redaction.ts'
import type { Show } from './show.ts'

/** What a client sees of the end of a task: its result as the host leaves it, its error as that of a dead letter. */
export function outcomeView(outcome: unknown, show: Show): unknown {
  if (typeof outcome !== 'object' || outcome === null) return show.value(outcome, 'message')
  const { result, error, ...facts } = outcome as Readonly<Record<string, unknown>>
  const id = typeof facts['id'] === 'string' ? facts['id'] : undefined
  return {
    ...facts,
    ...(result !== undefined && { result: show.value(result, 'result', id) }),
    ...(typeof error === 'object' && error !== null && { error: show.error(error as ErrorText) }),
  }
}
