import { healthEnv, sharedEnv } from '@mq/app-kit'
import { groupName } from '@mq/contracts'

/** The environment variables of `worker-pubsub`. */
export const workerPubsubEnv = sharedEnv.extend({ ...healthEnv, GROUP: groupName })
