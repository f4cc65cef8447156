import { AppWorkers, deadlineOf, findHandlers } from '@mq/app-kit'
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
  const workers = new AppWorkers({
    logger: parts.logger,
    word: 'worker',
    deadlineMs: deadlineOf(parts.env.GRACE_PERIOD_MS),
  })
  for (const handler of found) {
    const { onStop, take } = workers.place()
    take(handler.start(parts, { onStop }))
  }
  return {
    ready: (signal) => workers.ready(signal),
    ended: workers.ended(),
    close: ({ deadlineMs }) => workers.close(deadlineMs),
  }
}
