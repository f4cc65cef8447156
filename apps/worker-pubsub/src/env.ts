import { healthEnv, sharedEnv, workerEnv } from '@mq/app-kit'
import { groupName } from '@mq/contracts'
import type { z } from 'zod'

/** The environment variables of `worker-pubsub`. */
export const workerPubsubEnv = sharedEnv.extend({ ...healthEnv, ...workerEnv, GROUP: groupName })
export type WorkerPubsubEnv = z.infer<typeof workerPubsubEnv>
