import { createConsoleHandler } from '@mq/console'
import type { Broker } from '@mq/core'
import type { Express } from 'express'

/** Adds the console to an app whose own login has set `request.user`. Call the result when the app stops. */
export function addConsole(app: Express, broker: Broker): () => Promise<void> {
  const handler = createConsoleHandler({
    broker,
    basePath: '/console',
    allowedHosts: ['ops.example.com'],
    auth: {
      authorize: ({ raw }) => {
        const { user } = raw as typeof raw & { user?: { name: string; isAdmin: boolean } }
        return user && { role: user.isAdmin ? 'operator' : 'viewer', user: user.name }
      },
    },
  })
  app.use('/console', handler)
  return () => handler.close()
}
