import { healthEnv, sharedEnv } from '@mq/app-kit'
import { groupName } from '@mq/contracts'

/** What `worker-pubsub` reads from its environment. */
export const workerPubsubEnv = sharedEnv.extend({ ...healthEnv, GROUP: groupName })
