// The console in Next, by a route of `pages/api`.
import { createConsoleHandler } from '@mq/console'
import { createBroker } from '@mq/core'
import { redisAdapter } from '@mq/redis-adapter'

const broker = createBroker(redisAdapter({ url: process.env['REDIS_URL'] ?? '' }))
const token = process.env['CONSOLE_TOKEN'] ?? ''

export default createConsoleHandler({
  broker,
  basePath: '/api/console',
  auth: { tokens: [{ token, role: 'operator' }] },
})
export const config = { api: { externalResolver: true, bodyParser: false } }
