import { createBroker, silentLogger } from '@mq/core'
import { redisAdapter } from '@mq/redis-adapter'

/** Works on a queue until it is killed. */
const [url, queue] = JSON.parse(process.argv[2]!) as [string, string]
createBroker(redisAdapter({ url }), { logger: silentLogger })
  .queue(queue)
  .process(() => undefined)
