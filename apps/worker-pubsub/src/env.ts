import { healthEnv, rawEnv, sharedEnv, workerEnv } from '@mq/app-kit'
import { groupName } from '@mq/contracts'
import type { z } from 'zod'

/** The environment variables of `worker-pubsub`. */
export const workerPubsubEnv = sharedEnv.extend({ ...healthEnv, ...workerEnv, ...rawEnv, GROUP: groupName })
export type WorkerPubsubEnv = z.infer<typeof workerPubsubEnv>
