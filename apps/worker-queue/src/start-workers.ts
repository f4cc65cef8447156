import { cutOffWhile, findHandlers } from '@mq/app-kit'
import type { Service } from '@mq/app-kit'
import { isQueueHandler } from './handle.ts'
import type { HandlerParts, QueueHandler } from './handle.ts'

export interface WorkersOptions extends HandlerParts {
  /** Default: those of the files in `handlers/`. */
  readonly handlers?: readonly QueueHandler[] | undefined
}

/** From `src` and from `dist` alike. */
const HANDLERS = new URL('handlers/', import.meta.url)

/** Starts a worker for each queue that has a handler. */
export async function startWorkers({ handlers, ...parts }: WorkersOptions): Promise<Service> {
  const found = handlers ?? (await findHandlers(HANDLERS, isQueueHandler))
  const workers = found.map((handler) => handler.start(parts))
  return {
    ready: async (signal) => void (await Promise.all(workers.map((worker) => worker.ready({ signal })))),
    close: async (options) => {
      await Promise.all(
        workers.map(async (worker) => {
          const report = await cutOffWhile(worker.queue, () => worker.close(options))
          parts.logger.info({ queue: worker.queue, ...report }, 'worker closed')
        }),
      )
    },
  }
}
