import { healthEnv, listsEnv, otherLists, sharedEnv, wholeNumber, workerEnv } from '@mq/app-kit'
import type { z } from 'zod'

/** The environment variables of `worker-queue`. */
export const workerQueueEnv = sharedEnv
  .extend({
    ...healthEnv,
    ...workerEnv,
    ...listsEnv,
    WORK_MIN_MS: wholeNumber(0, 600_000).default(50).describe('a task of prodcons takes at least this time'),
    WORK_MAX_MS: wholeNumber(0, 600_000).default(150).describe('a task of prodcons takes at most this time'),
  })
  .refine((env) => !(env.WORK_MIN_MS > env.WORK_MAX_MS), {
    path: ['WORK_MAX_MS'],
    error: 'must not be less than WORK_MIN_MS',
    when: () => true, // also where another variable is wrong: all that is wrong is said at once
  })
  .refine(otherLists.check, { ...otherLists, when: () => true })
export type WorkerQueueEnv = z.infer<typeof workerQueueEnv>
