import type { Channel } from '@mq/core'
import { z } from 'zod'
import { errorAnswers } from '../plugins/answer-errors.ts'
import { unknownOutcome } from '../plugins/unknown-outcome.ts'
import { Refusal } from '../plugins/refusal.ts'
import type { WebApp } from '../web-app.ts'

/** `POST /channels/:channel/messages` */
export function messageRoutes(app: WebApp, { channels }: { readonly channels: ReadonlyMap<string, Channel> }): void {
  app.post(
    '/channels/:channel/messages',
    {
      config: { produces: true },
      onRequest: async ({ params, headers }) => {
        channelNamed((params as { channel: string }).channel)
        if (headers['idempotency-key'] === undefined) return
        throw new Refusal(
          400,
          'not-idempotent',
          'a message is published as often as it is sent: Idempotency-Key has no effect',
        )
      },
      schema: {
        operationId: 'publishMessage',
        tags: ['Messages'],
        description:
          'After an error with `unknown` it may have been published: no key tells a repetition from another one.',
        summary: 'Publish a message to all who subscribe now, or to all groups where the channel keeps it',
        params: z.object({ channel: z.string().meta({ examples: ['pubsub', 'pubsub-log'] }) }),
        body: z.strictObject({
          payload: z
            .unknown()
            .optional()
            .meta({ examples: [7] }),
        }),
        response: { 202: z.object({ epoch: z.string(), n: z.int() }), ...errorAnswers },
      },
    },
    async (request, reply) => {
      const published = channelNamed(request.params.channel).publish(request.body.payload)
      const position = await published.catch((error: unknown) => {
        throw unknownOutcome(error)
      })
      return reply.code(202).send(position)
    },
  )

  function channelNamed(name: string): Channel {
    const channel = channels.get(name)
    if (!channel) throw new Refusal(404, 'unknown-channel', 'there is no such channel')
    return channel
  }
}
