import type { Inbox, Turn } from '@mq/core/adapter'
import { INBOX_LEVEL, tooLargeText } from '@mq/core/adapter'
import type { PlainState } from './memory-plain.ts'
import type { QueueState } from './queue-state.ts'

/** The inbox of a queue, and the lists that it is one of. */
export interface OpenInbox {
  readonly inbox: Inbox
  readonly plain: PlainState
}

/** Entries that a claim has room for become tasks. */
export function receive(queue: QueueState, { inbox, plain }: OpenInbox, turn: Turn, now: number): void {
  const freeAt = queue.limits.freeAt(queue.leases.size)
  if (queue.paused || freeAt === undefined || freeAt > now) return
  for (let taken = 0, bytes = 0; taken < turn.want && (bytes < turn.maxBytes || taken === 0); taken++) {
    const text = inbox.end === 'left' ? plain.lpop(inbox.key) : plain.rpop(inbox.key)
    if (text === undefined) return
    bytes += Buffer.byteLength(text)
    queue.add({ level: INBOX_LEVEL, delayMs: 0, header: '', payload: payloadOf(text, inbox) }, now)
  }
}

/** When a claim may take something out of it: undefined where nothing is there, or the limits know no time. */
export function receivableAt(queue: QueueState, { inbox, plain }: OpenInbox): number | undefined {
  return plain.llen(inbox.key) === 0 ? undefined : queue.limits.freeAt(queue.leases.size)
}

function payloadOf(text: string, inbox: Inbox): string {
  const payload = inbox.format === 'text' ? JSON.stringify(text) : text
  return Buffer.byteLength(payload) > inbox.maxBytes ? tooLargeText(Buffer.byteLength(text), inbox, text) : payload
}
