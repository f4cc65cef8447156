import { healthEnv, sharedEnv, wholeNumber } from '@mq/app-kit'
import type { z } from 'zod'

/** The environment variables of `worker-queue`. */
export const workerQueueEnv = sharedEnv
  .extend({
    ...healthEnv,
    CONCURRENCY: wholeNumber(1, 10_000).default(10),
    /** A task takes a random time between these. */
    WORK_MIN_MS: wholeNumber(0, 600_000).default(50),
    WORK_MAX_MS: wholeNumber(0, 600_000).default(150),
  })
  .refine((env) => env.WORK_MIN_MS <= env.WORK_MAX_MS, {
    path: ['WORK_MAX_MS'],
    error: 'must not be less than WORK_MIN_MS',
  })
export type WorkerQueueEnv = z.infer<typeof workerQueueEnv>
