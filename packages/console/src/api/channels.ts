import type { Channel } from '@mq/core'
import { z } from 'zod'
import type { ConsoleApp } from '../console-app.ts'
import { known } from '../problems/known.ts'
import { Problem } from '../problems/problem.ts'
import { readable } from '../views/readable.ts'
import type { Api } from './api.ts'
import { afterName, channelName, count, groupName, headers, limitOf, MAX_BODY, named, said } from './schemas.ts'

const tags = ['Channels']

const channelEntry = named(
  'Channel',
  z.object({
    name: channelName,
    groups: z.array(groupName),
    unreadable: said('the code of what its groups could not be read for', z.string().optional()),
  }),
)
const position = named('Position', z.object({ epoch: z.string(), n: count }))

/** `/channels`: their names and groups, and publishing. */
export function channelRoutes(app: ConsoleApp, { broker, directory }: Api): void {
  const groupsOf = async (channel: Channel): Promise<string[]> => (broker.capabilities.groups ? channel.groups() : [])

  app.get(
    '/channels',
    {
      config: { role: 'viewer' },
      schema: {
        operationId: 'listChannels',
        tags,
        summary: 'All channels with their groups, in the order of their names',
        querystring: z.object({ after: afterName.optional(), limit: limitOf(200, 50) }),
        response: { 200: z.object({ channels: z.array(channelEntry), next: channelName.optional() }) },
      },
    },
    async ({ query: { after, limit } }) => {
      const names = await broker.channels({ after, limit: limit + 1 })
      const shown = names.slice(0, limit)
      const channels = await Promise.all(
        shown.map(async (name) => {
          const { value: groups = [], fault } = await readable(groupsOf(directory.anyChannel(name)))
          return { name, groups, ...(fault !== undefined && { unreadable: fault.code }) }
        }),
      )
      return names.length > limit ? { channels, next: shown.at(-1)! } : { channels }
    },
  )

  app.post(
    '/channels/:channel/messages',
    {
      config: { role: 'producer' },
      bodyLimit: MAX_BODY,
      schema: {
        operationId: 'publishMessage',
        tags,
        summary: 'Publish a message to all who subscribe now, and to all groups where the channel keeps it',
        params: z.object({ channel: channelName }),
        headers: z.object({
          'idempotency-key': said('refused: a message is published as often as it is sent', z.undefined().optional()),
        }),
        body: z.strictObject({ message: said('any JSON', z.unknown(), { orderId: 17 }), headers: headers.optional() }),
        response: { 202: position },
      },
    },
    async ({ params: { channel: name }, body: { message, headers } }, reply) => {
      const channel = directory.anyChannel(name)
      if (channel.definition.history === undefined && (await groupsOf(channel)).length > 0) {
        const detail =
          'this channel has groups: give its definition to the console, or its messages would not reach them'
        throw new Problem(409, 'no-definition', detail)
      }
      return reply.code(202).send(await known(channel.publish(message, { headers })))
    },
  )
}
