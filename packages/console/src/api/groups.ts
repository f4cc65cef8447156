import type { ConsumerGroup } from '@mq/core'
import { z } from 'zod'
import type { ConsoleApp } from '../console-app.ts'
import { known } from '../problems/known.ts'
import { groupStats } from '../views/group-stats.ts'
import { groupView } from '../views/group-summary.ts'
import { readEach } from '../views/readable.ts'
import { unreadableEntry, viewOfFaults } from '../views/unreadable-entry.ts'
import type { Api } from './api.ts'
import { afterName, confirmName, count, duration, groupName, limitOf, named, said, sourceName } from './schemas.ts'
import { checkConfirmed } from './check-confirmed.ts'

const tags = ['Groups']
const PATH = '/channels/:channel/groups/:group'
export const groupParams = z.object({ channel: sourceName, group: groupName })

const groupStart = named(
  'GroupStart',
  z.union([
    z.enum(['latest', 'earliest']),
    z.strictObject({ position: z.strictObject({ epoch: z.string().min(1).max(128), n: count }) }),
    z.strictObject({ sinceMs: duration }),
  ]),
)
const changed = z.object({ changed: z.boolean() })

export async function groupOf(
  { directory }: Api,
  { channel, group }: { readonly channel: string; readonly group: string },
): Promise<ConsumerGroup> {
  return (await directory.source(channel)).group(group)
}

/** `/channels/…/groups/…`: a consumer group. */
export function groupRoutes(app: ConsoleApp, api: Api): void {
  app.get(
    '/channels/:channel/groups',
    {
      config: { role: 'viewer' },
      schema: {
        operationId: 'listGroups',
        tags,
        summary: 'The groups of a channel and how far each is behind, in the order of their names',
        params: z.object({ channel: sourceName }),
        querystring: z.object({ after: afterName.optional(), limit: limitOf(200, 50) }),
        response: {
          200: z.object({
            groups: z.array(groupView),
            unreadable: said('left out: these could not be read', z.array(unreadableEntry).optional()),
            next: groupName.optional(),
          }),
        },
      },
    },
    async (request) => {
      const { after = '', limit } = request.query
      const channel = await api.directory.source(request.params.channel)
      const behind = (await channel.groups()).filter((name) => name > after)
      const shown = behind.slice(0, limit)
      const { values, faults } = await readEach(shown, async (name) => {
        const stats = await groupStats(channel.group(name))
        return stats && { name, ...stats }
      })
      return {
        groups: values.filter((group) => group !== undefined),
        ...viewOfFaults(faults, api.show(request, { channel: channel.name })),
        ...(behind.length > limit && { next: shown.at(-1)! }),
      }
    },
  )

  app.get(
    PATH,
    {
      config: { role: 'viewer' },
      schema: {
        operationId: 'getGroup',
        tags,
        summary: 'How far a group is behind, and what it lost',
        params: groupParams,
        response: { 200: groupView },
      },
    },
    async ({ params }) => ({ name: params.group, ...(await (await groupOf(api, params)).stats()) }),
  )

  for (const act of ['pause', 'resume'] as const) {
    app.post(
      `${PATH}/${act}`,
      {
        config: { role: 'operator' },
        schema: {
          operationId: `${act}Group`,
          tags,
          summary: act === 'pause' ? 'Give the group nothing' : 'Give the group messages again',
          params: groupParams,
          response: { 200: changed },
        },
      },
      async ({ params }) => ({ changed: await known((await groupOf(api, params))[act]()) }),
    )
  }

  app.post(
    `${PATH}/seek`,
    {
      config: { role: 'operator' },
      schema: {
        operationId: 'seekGroup',
        tags,
        summary: 'Move the group to another position',
        params: groupParams,
        body: z.strictObject({ to: groupStart }),
        response: { 204: z.null() },
      },
    },
    async ({ params, body: { to } }, reply) => {
      await known((await groupOf(api, params)).seek(to))
      return reply.code(204).send(null)
    },
  )

  app.delete(
    PATH,
    {
      config: { role: 'operator' },
      schema: {
        operationId: 'removeGroup',
        tags,
        summary: 'Remove a group with all that it holds',
        params: groupParams,
        querystring: z.object({ confirm: confirmName }),
        response: { 204: z.null() },
      },
    },
    async ({ params, query: { confirm } }, reply) => {
      checkConfirmed(confirm, params.group)
      await known((await groupOf(api, params)).remove())
      return reply.code(204).send(null)
    },
  )
}
