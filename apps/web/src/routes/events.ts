import type { Broker, ConsumerGroup, Queue } from '@mq/core'
import type { FastifyReply } from 'fastify'
import { z } from 'zod'
import { Audience } from '../live/audience.ts'
import { LiveFeed } from '../live/live-feed.ts'
import { errorAnswers } from '../plugins/answer-errors.ts'
import { Refusal } from '../plugins/refusal.ts'
import type { WebApp } from '../web-app.ts'

export interface EventRoutesOptions {
  readonly broker: Broker
  readonly queues: ReadonlyMap<string, Queue>
  readonly group: ConsumerGroup
}

/** `/events`: which worker got which element, live, as server-sent events. */
export function eventRoutes(app: WebApp, { broker, queues, group }: EventRoutesOptions): void {
  const audience = new Audience()
  const liveFeed = new LiveFeed({ broker, queues, group, audience, logger: app.log })
  app.addHook('onReady', async () => liveFeed.open())
  // Ended before the server waits for its connections, because these would never end by themselves.
  app.addHook('preClose', async () => {
    audience.close()
    await liveFeed.close()
  })

  const querystring = z.object({ lastEventId: z.string().max(200).optional() })
  const schema = {
    operationId: 'watch',
    tags: ['Messages'],
    summary: 'Who got what, live',
    description: 'Server-sent events, from the id in `Last-Event-ID` on, as far as they are kept.',
    querystring,
    response: {
      200: { description: 'Server-sent events', content: { 'text/event-stream': { schema: z.string() } } },
      ...errorAnswers,
    },
  }
  app.get('/events', { exposeHeadRoute: false, schema }, async (request, reply) => {
    const { lastEventId = request.headers['last-event-id'] } = request.query
    const viewer = audience.admit(request.ip, liveFeed.since(lastEventId))
    if (!viewer) throw new Refusal(503, 'too-many-viewers', 'too many pages are watching: try again later', 5)
    const stream: FastifyReply = reply // whose schema describes the text, not the stream
    return stream
      .header('content-type', 'text/event-stream; charset=utf-8')
      .header('cache-control', 'no-store')
      .header('x-accel-buffering', 'no') // nginx would hold events back
      .send(viewer)
  })
}
