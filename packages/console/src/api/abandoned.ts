import type { FastifyReply } from 'fastify'

/** Aborts when the client is gone, or when the server closes. */
export function abandoned(reply: FastifyReply, closing: AbortSignal): AbortSignal {
  // Not `request.signal`, which aborts as soon as a request's body is read.
  const gone = new AbortController()
  reply.raw.once('close', () => gone.abort())
  return AbortSignal.any([gone.signal, closing])
}
