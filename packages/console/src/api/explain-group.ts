import { z } from 'zod'
import type { ConsoleApp } from '../console-app.ts'
import { Problem } from '../problems/problem.ts'
import type { Api } from './api.ts'
import { groupOf, groupParams } from './groups.ts'
import { count, named, said, wholeNumber } from './schemas.ts'

const explanation = named(
  'GroupExplanation',
  z.object({
    because: said('stable: `paused`, `no-member`, `behind-others`, `delivered`, `dead` …', z.string()),
    text: said('a sentence; its words may change', z.string()),
    members: said('that reported themselves within the last minute', count),
    concurrency: said('how many handlers they may run at once', count),
    newest: said('the newest message of the channel', z.object({ epoch: z.string(), n: count }).optional()),
  }),
)

/** `/channels/…/groups/…/why`: why a message, or nothing, is delivered. */
export function explainGroupRoutes(app: ConsoleApp, api: Api): void {
  app.get(
    '/channels/:channel/groups/:group/why',
    {
      config: { role: 'viewer' },
      schema: {
        operationId: 'explainGroup',
        tags: ['Groups'],
        summary: 'Why the group does not deliver a message, or delivers nothing',
        params: groupParams,
        querystring: z.object({
          epoch: said('of the message, as publishing answered it', z.string().min(1).max(128).optional()),
          n: said('its number', wholeNumber(1, Number.MAX_SAFE_INTEGER).optional()),
        }),
        response: { 200: explanation },
      },
    },
    async ({ params, query: { epoch, n } }) => {
      if ((epoch === undefined) !== (n === undefined)) {
        throw new Problem(400, 'invalid-request', 'a message is named by epoch and n together')
      }
      const group = await groupOf(api, params)
      const position = epoch === undefined || n === undefined ? undefined : { epoch, n }
      const { because, text, facts } = await group.explain(position)
      if (because === 'unknown-group') throw new Problem(404, 'unknown-group', text)
      const { members, concurrency, newest } = facts
      return { because, text, members, concurrency, ...(newest !== undefined && { newest }) }
    },
  )
}
