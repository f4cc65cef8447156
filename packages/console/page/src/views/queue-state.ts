import type { QueueSummary } from '../api/contract.ts'
import { words } from '../language/language.ts'
import type { MarkName } from '../parts/mark.tsx'

/** A queue in one word, and its shape. */
export function stateOf({ paused, waiting, overdue, running, workers, perSecond }: QueueSummary): {
  readonly mark: MarkName
  readonly text: string
} {
  const { states } = words.value
  if (paused) return { mark: 'paused', text: states.paused }
  if (workers === 0 && running + waiting + overdue > 0) return { mark: 'bad', text: states.stuck }
  if (running > 0 || (perSecond?.completed ?? 0) > 0 || waiting > 0) return { mark: 'good', text: states.flowing }
  return { mark: 'plain', text: states.idle }
}
