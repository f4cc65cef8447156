import { show } from '../define/check.ts'
import { invalidOption } from '../define/check-call.ts'
import { isWorkerId } from './worker-entry.ts'

/** `unknown`: no worker of this id has reported itself within a minute; nothing was done. */
export type OrderReply = 'asked' | 'unknown'

/**
 * A worker of any process, as an operator holds it. It carries an order out as soon as it hears of it: at once as a
 * rule, and within 10 s, with its next report, where the hint was lost; `broker.workers()` shows when it has. The last
 * of several orders counts. An order is kept as long as the worker; what its own process does to it afterwards counts
 * in its turn.
 */
export interface RemoteWorker {
  readonly id: string
  /** It claims nothing more, and gives back what it has not started; what runs goes on. */
  quiet(): Promise<OrderReply>
  /** It claims again. */
  resume(): Promise<OrderReply>
}

export type WorkerOrder = 'quiet' | 'resume'

/** Throws `invalid-options` where this cannot be the id of a worker. */
export function remoteWorker(id: string, order: (what: WorkerOrder) => Promise<OrderReply>): RemoteWorker {
  if (!isWorkerId(id)) throw invalidOption('worker', `a worker is named by its id, not ${show(id)}`, id)
  return { id, quiet: () => order('quiet'), resume: () => order('resume') }
}
