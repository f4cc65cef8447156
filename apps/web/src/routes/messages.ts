import type { Channel } from '@mq/core'
import { z } from 'zod'
import { errorAnswer } from '../plugins/answer-errors.ts'
import { Refusal } from '../plugins/refusal.ts'
import type { WebApp } from '../web-app.ts'

/** `POST /channels/:channel/messages` */
export function messageRoutes(app: WebApp, { channels }: { readonly channels: ReadonlyMap<string, Channel> }): void {
  app.post(
    '/channels/:channel/messages',
    {
      config: { produces: true },
      onRequest: async ({ params }) => void channelNamed((params as { channel: string }).channel),
      schema: {
        summary: 'Publish a message to all who subscribe now, or to all groups where the channel keeps it',
        params: z.object({ channel: z.string().meta({ examples: ['pubsub', 'pubsub-log'] }) }),
        body: z.strictObject({
          payload: z
            .unknown()
            .optional()
            .meta({ examples: [7] }),
        }),
        response: { 202: z.object({ epoch: z.string(), n: z.int() }), '4xx': errorAnswer, '5xx': errorAnswer },
      },
    },
    async (request, reply) =>
      reply.code(202).send(await channelNamed(request.params.channel).publish(request.body.payload)),
  )

  function channelNamed(name: string): Channel {
    const channel = channels.get(name)
    if (!channel) throw new Refusal(404, 'unknown-channel', 'there is no such channel')
    return channel
  }
}
