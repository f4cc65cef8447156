import { cleaned } from '../values/cleaned.ts'

/** What an operator asks of a worker. */
export type WorkerOrder =
  | { readonly what: 'quiet' | 'resume' }
  | { readonly what: 'stop'; readonly by?: string | undefined }

const STOP = 'stop'
/** Of the name of who asks, so that an order is as short as storages want it. */
const MOST_BY = 50

/** As it is kept for the worker. One of an older version leaves alone what it does not know. */
export function textOfOrder(order: WorkerOrder): string {
  const by = order.what === STOP ? readBy(order.by) : undefined
  return by === undefined ? order.what : `${STOP} ${by}`
}

/** Undefined where it is none that this version knows. */
export function readOrder(text: string): WorkerOrder | undefined {
  if (text === 'quiet' || text === 'resume') return { what: text }
  if (text === STOP) return { what: STOP }
  if (!text.startsWith(`${STOP} `)) return undefined
  return { what: STOP, by: readBy(text.slice(STOP.length + 1)) }
}

/** A name may be any text; it is written into logs. */
function readBy(by: string | undefined): string | undefined {
  return (by && cleaned(by, MOST_BY).trim()) || undefined
}
