import { createAnnouncer, prodcons, prodconsWith } from '@mq/contracts'
import { setTimeout as work } from 'node:timers/promises'
import { handle } from '../handle.ts'

/** Squares an element after a random time, and reports to the page which worker got which element. */
export default handle(
  prodcons,
  ({ broker, logger, instance, env }) => {
    const announce = createAnnouncer(broker, logger)
    const { WORK_MIN_MS, WORK_MAX_MS } = env
    return async (element, { id, attempt, signal, headers, logger }) => {
      const startedAt = performance.now()
      await work(WORK_MIN_MS + Math.random() * (WORK_MAX_MS - WORK_MIN_MS), undefined, { signal })
      const result = {
        element,
        square: element ** 2,
        worker: instance,
        tookMs: Math.round(performance.now() - startedAt),
      }
      // Of the request that asked for it, so that both logs can be read together.
      const requestId = headers['request-id']
      logger.info({ id, ...(requestId !== undefined && { requestId }), ...result }, `Task get ${element}`)
      announce({ kind: 'task', id, attempt, result })
      return result
    }
  },
  { define: prodconsWith },
)
