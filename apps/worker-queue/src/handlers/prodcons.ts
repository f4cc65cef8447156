import type { Sighting, Squared } from '@mq/contracts'
import type { Handler } from '@mq/core'
import { setTimeout as work } from 'node:timers/promises'

export interface ProdconsOptions {
  readonly worker: string
  readonly workMinMs: number
  readonly workMaxMs: number
  /** Reports which worker got which element. Must not fail a task. */
  readonly announce: (sighting: Sighting) => void
}

/** Squares an element after a random time. */
export function prodconsHandler(options: ProdconsOptions): Handler<number, Squared> {
  const { worker, workMinMs, workMaxMs, announce } = options
  return async (element, { id, attempt, signal, logger }) => {
    const startedAt = performance.now()
    await work(workMinMs + Math.random() * (workMaxMs - workMinMs), undefined, { signal })
    const result = { element, square: element ** 2, worker, tookMs: Math.round(performance.now() - startedAt) }
    logger.info({ id, ...result }, `Task get ${element}`)
    announce({ kind: 'task', id, attempt, result })
    return result
  }
}
