import { z } from 'zod'
import { MOST_CHANGES } from '../access/audit-log.ts'
import type { Access } from '../access/guard.ts'
import type { ConsoleApp } from '../console-app.ts'
import { limitOf, named, said } from './schemas.ts'

const entry = named(
  'Change',
  z.object({
    at: said('ms since 1970, by the clock of the process that answers', z.number(), 1_795_912_345_678),
    who: said('the name of the token, what `authorize` said, or `local`', z.string(), 'ada'),
    role: z.string(),
    action: said('the `operationId`', z.string(), 'pauseQueue'),
    target: said('the path below the API', z.string(), 'queues/mails/pause'),
    note: said('`tree`: with the tasks that run after it', z.string().optional()),
    outcome: said('`done`, the code of the problem, or `unfinished`', z.string(), 'done'),
    requestId: z.string(),
  }),
)

/** `/audit`: who changed what. */
export function auditRoutes(app: ConsoleApp, { audit }: Access): void {
  app.get(
    '/audit',
    {
      config: { role: 'operator' },
      schema: {
        operationId: 'listChanges',
        tags: ['Session'],
        summary: 'Who changed what',
        description: `The last ${MOST_CHANGES} changes that were asked of this process, newest first. Its log has all.`,
        querystring: z.object({ limit: limitOf(MOST_CHANGES, 100) }),
        response: { 200: z.object({ entries: z.array(entry) }) },
      },
    },
    async ({ query }) => ({ entries: [...audit.newest(query.limit)] }),
  )
}
