import { tryReading } from '../values/try-reading.ts'
import { decodeHeader } from './header.ts'

/** A task that is next in its line, as a storage has it. */
export interface LineHead {
  readonly enqueuedAgoMs: number
  readonly header: string
}

/**
 * `oldestWaitMs` of `QueueStats`: a wait begins when a task was due, so the delay that it was enqueued with is no part
 * of it. One that was promoted counts from when it would have been due. Undefined where none waits.
 */
export function oldestWait(heads: readonly LineHead[]): number | undefined {
  if (heads.length === 0) return undefined
  return Math.max(...heads.map(({ enqueuedAgoMs, header }) => Math.max(0, enqueuedAgoMs - delayIn(header))))
}

/** 0 also where another program wrote the header. */
function delayIn(header: string): number {
  return header.includes('"delayMs"') ? (tryReading(() => decodeHeader(header))?.delayMs ?? 0) : 0
}
