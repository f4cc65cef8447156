import type { Host } from './host.ts'
import type { Order } from './settings.ts'

/**
 * Reports that a program is ready, and resolves when it is to begin. Answers a signal that aborts when it is to stop;
 * what else it is ordered goes to `onOrder`, also before it begins.
 */
export async function untilBegun(
  host: Host,
  onOrder?: (order: Exclude<Order, 'begin' | 'stop'>) => void,
): Promise<AbortSignal> {
  const stop = new AbortController()
  const begun = new Promise<void>((resolve) => {
    host.onOrder((order) => {
      if (order === 'begin') resolve()
      else if (order === 'stop') stop.abort()
      else onOrder?.(order)
    })
  })
  host.tell({ kind: 'ready' })
  await begun
  return stop.signal
}
