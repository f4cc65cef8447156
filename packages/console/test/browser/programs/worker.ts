import { createBroker, silentLogger } from '@mq/core'
import { redisAdapter } from '@mq/redis-adapter'

/** Works on a queue until it is killed. A task for `nobody` dies, one that is `slow` runs until it is cancelled. */
createBroker(redisAdapter({ url: process.argv[2]! }), { logger: silentLogger })
  .queue('mails')
  .process(
    async (mail, { signal }) => {
      const { to } = mail as { readonly to: string }
      if (to === 'slow') await new Promise((resolve) => signal.addEventListener('abort', resolve, { once: true }))
      return `sent to ${to}`
    },
    { concurrency: 4 },
  )
