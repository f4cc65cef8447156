import { systemClock } from '@mq/core'
import type { Clock, Timer } from '@mq/core'
import type { FastifyInstance } from 'fastify'
import { Server } from 'node:net'
import type { Socket } from 'node:net'
import { Reader } from '../live/reader.ts'

const LOOK_EVERY_MS = 500

/**
 * Ends the streams of a server that does not listen any more. A host that closes its server before the handler, as Next
 * does, waits for all connections, and these would never end by themselves.
 */
export function endWithServer(app: FastifyInstance, clock: Clock = systemClock): void {
  const servers = new Map<Reader, Server>()
  let timer: Timer | undefined

  app.addHook('onSend', async (request, _reply, payload) => {
    const { server } = request.raw.socket as Socket & { readonly server?: unknown }
    // One that never listened gets its connections from another.
    if (payload instanceof Reader && server instanceof Server && server.listening) watch(payload, server)
    return payload
  })

  function watch(reader: Reader, server: Server): void {
    servers.set(reader, server)
    reader.once('close', () => {
      servers.delete(reader)
      if (servers.size > 0) return
      timer?.cancel()
      timer = undefined
    })
    timer ??= clock.schedule(look, LOOK_EVERY_MS)
  }

  function look(): void {
    timer = clock.schedule(look, LOOK_EVERY_MS)
    for (const [reader, server] of [...servers]) if (!server.listening) reader.bye('closing')
  }
}
