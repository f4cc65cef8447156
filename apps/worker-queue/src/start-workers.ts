import type { AppLogger, Service } from '@mq/app-kit'
import { createAnnouncer, prodcons } from '@mq/contracts'
import type { Broker } from '@mq/core'

import type { WorkerQueueEnv } from './env.ts'
import { prodconsHandler } from './handlers/prodcons.ts'

export interface WorkersOptions {
  readonly broker: Broker
  readonly logger: AppLogger
  readonly instance: string
  readonly env: Pick<WorkerQueueEnv, 'CONCURRENCY' | 'WORK_MIN_MS' | 'WORK_MAX_MS'>
}

/** Starts a worker for each queue: a handler file each. */
export function startWorkers({ broker, logger, instance, env }: WorkersOptions): Service {
  const handler = prodconsHandler({
    worker: instance,
    workMinMs: env.WORK_MIN_MS,
    workMaxMs: env.WORK_MAX_MS,
    announce: createAnnouncer(broker, logger),
  })
  const worker = broker.queue(prodcons).process(handler, { concurrency: env.CONCURRENCY })
  return {
    ready: (signal) => worker.ready({ signal }),
    close: async (options) => {
      const report = await worker.close(options)
      logger.info({ queue: worker.queue, ...report }, 'worker closed')
    },
  }
}
