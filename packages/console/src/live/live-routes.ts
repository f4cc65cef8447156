import type { FastifyReply, FastifyRequest } from 'fastify'
import { z } from 'zod'
import { clientOf } from '../access/client-of.ts'
import type { Api } from '../api/api.ts'
import { queueName, said, sourceName } from '../api/schemas.ts'
import type { ConsoleApp } from '../console-app.ts'
import { Problem } from '../problems/problem.ts'
import { ChannelTails } from './channel-tails.ts'
import type { LiveOptions } from './live-options.ts'
import { OverviewFeed } from './overview-feed.ts'
import type { Reader } from './reader.ts'
import { Seats } from './seats.ts'

const lastEventId = said('instead of the header `Last-Event-ID`', z.string().max(200)).optional()
const stream = { description: 'Server-sent events', content: { 'text/event-stream': { schema: z.string() } } }

/** `/events` and the tails of channels: what changes, as server-sent events. */
export function liveRoutes(app: ConsoleApp, { access, directory, readings }: Api, live: LiveOptions = {}): void {
  const { maxReaders = 1_000, maxPerClient = 25 } = live
  const seats = new Seats({ most: maxReaders, mostOfOne: maxPerClient })
  const feed = new OverviewFeed({ read: () => readings.overview(), log: app.log })
  const tails = new ChannelTails({ redact: access.redact })
  // Ended before the server waits for its connections, because these would never end by themselves.
  app.addHook('preClose', async () => {
    seats.close()
    feed.close()
    tails.close()
  })

  app.get(
    '/events',
    {
      exposeHeadRoute: false,
      config: { role: 'viewer' },
      schema: {
        operationId: 'watch',
        tags: ['Overview'],
        summary: 'Watch the overview',
        description:
          'Events: `overview` (as `getOverview`; at once, then once a second), `storage` (when it is lost, and when it ' +
          'is back), `bye` (the server ends the stream). `queue` leaves only this one in `queues`.',
        querystring: z.object({ queue: queueName.optional(), lastEventId }),
        response: { 200: stream },
      },
    },
    async (request, reply) => {
      const reader = admit(request, reply)
      feed.join(reader, request.query.queue, seenBy(request, request.query.lastEventId))
      return send(reply, reader)
    },
  )

  app.get(
    '/channels/:channel/tail',
    {
      exposeHeadRoute: false,
      config: { role: 'viewer' },
      schema: {
        operationId: 'tailChannel',
        tags: ['Channels'],
        summary: 'Watch the messages of a channel',
        description:
          'Events: `message` `{ n, epoch, payload, headers }` (without `payload`, with `tooLarge` and `bytes`, if it has ' +
          'more than 64 KiB), `gap` (`size` messages are missing, or an unknown number), `bye`. With `Last-Event-ID` it ' +
          'goes on where it was interrupted, for some seconds and 100 messages.',
        params: z.object({ channel: sourceName }),
        querystring: z.object({ lastEventId }),
        response: { 200: stream },
      },
    },
    async (request, reply) => {
      const channel = await directory.source(request.params.channel)
      await tails.follow(channel)
      const reader = admit(request, reply)
      const role = request.consoleIdentity?.role ?? 'viewer'
      tails.join(channel, reader, role, seenBy(request, request.query.lastEventId))
      return send(reply, reader)
    },
  )

  function admit(request: FastifyRequest, reply: FastifyReply): Reader {
    const reader = seats.admit(clientOf(request))
    if (reader === undefined) {
      endConnection(reply) // a crowd that is refused holds no sockets
      throw new Problem(503, 'too-many-readers', 'too many pages are watching: try again later', { retryAfterS: 5 })
    }
    return reader
  }
}

function seenBy({ headers }: FastifyRequest, lastEventId: string | undefined): string | undefined {
  const header = headers['last-event-id']
  return lastEventId ?? (typeof header === 'string' && header !== '' ? header.slice(0, 200) : undefined)
}

/** Kept alive after its end, it would hold up a server that closes, for a minute. */
function endConnection(reply: FastifyReply): void {
  if (reply.request.raw.httpVersionMajor === 1) reply.header('connection', 'close')
}

function send(reply: FastifyReply, reader: Reader): FastifyReply {
  endConnection(reply)
  return reply
    .header('content-type', 'text/event-stream; charset=utf-8')
    .header('cache-control', 'no-store, no-transform') // middleware that compresses would hold events back
    .header('x-accel-buffering', 'no') // nginx would, too
    .send(reader)
}
