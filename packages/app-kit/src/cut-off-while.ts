import type { RunEvent } from '@mq/core'
import { subscribe, unsubscribe } from 'node:diagnostics_channel'

/**
 * Closes a worker, and lists the tasks whose handlers it ended for that: they had begun, and run again from the start
 * elsewhere. A worker's own report counts those that it gave up only.
 */
export async function cutOffWhile<Report>(
  queue: string,
  close: () => Promise<Report>,
): Promise<Report & { readonly cutOff: readonly string[] }> {
  const cutOff: string[] = []
  const onEnd = (event: unknown): void => {
    const run = event as RunEvent
    if (run.queue === queue && run.outcome === 'released' && run.tookMs !== undefined) cutOff.push(run.id)
  }
  subscribe('mq:run:end', onEnd)
  try {
    return { ...(await close()), cutOff }
  } finally {
    unsubscribe('mq:run:end', onEnd)
  }
}
