import { show } from '../define/check.ts'
import { checkOptions, invalidOption } from '../define/check-call.ts'
import { isWorkerId } from './worker-entry.ts'
import type { WorkerOrder } from './worker-order.ts'

/** `unknown`: no worker of this id has reported itself within a minute; nothing was done. */
export type OrderReply = 'asked' | 'unknown'

export interface StopOptions {
  /** Who asks, for the worker's log and its `onStop`. The first 50 characters are kept. */
  readonly by?: string | undefined
}

/**
 * A worker of any process, as an operator holds it. It carries an order out as soon as it hears of it: at once as a
 * rule, and within 10 s, with its next report, where the hint was lost; `broker.workers()` shows when it has. The last
 * of several orders counts. An order is kept as long as the worker; what its own process does to it afterwards counts
 * in its turn. A worker of a version that does not know an order leaves it alone.
 */
export interface RemoteWorker {
  readonly id: string
  /** It claims nothing more, and gives back what it has not started; what runs goes on. */
  quiet(): Promise<OrderReply>
  /** It claims again. */
  resume(): Promise<OrderReply>
  /**
   * It closes, as by `close()`: handlers that run may end within 10 s, or within the deadline that its `onStop` sets.
   * Then it is not listed any more, and cannot be resumed. What becomes of its process is for that process to say.
   * Throws `invalid-options`.
   */
  stop(options?: StopOptions): Promise<OrderReply>
}

/** Throws `invalid-options` where this cannot be the id of a worker. */
export function remoteWorker(id: string, order: (what: WorkerOrder) => Promise<OrderReply>): RemoteWorker {
  if (!isWorkerId(id)) throw invalidOption('worker', `a worker is named by its id, not ${show(id)}`, id)
  return {
    id,
    quiet: () => order({ what: 'quiet' }),
    resume: () => order({ what: 'resume' }),
    async stop(options = {}) {
      const { by } = checkOptions('stop', options, ['by'])
      if (by !== undefined && typeof by !== 'string') throw invalidOption('by', `by is a name, not ${show(by)}`, by)
      return order({ what: 'stop', by })
    },
  }
}
