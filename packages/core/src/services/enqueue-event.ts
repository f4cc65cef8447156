import type { EnqueueEvent } from './task-events.ts'
import { decodeHeader } from '../wire/header.ts'

/** `header`: as it was stored. */
export function enqueueEventOf(queue: string, id: string, existing: boolean, header: string): EnqueueEvent {
  return { queue, id, existing, headers: decodeHeader(header).headers }
}
