import type { FastifyInstance, FastifyRequest } from 'fastify'
import { Readable } from 'node:stream'

/**
 * Frameworks that parse bodies (`express.json()`, Next's API routes) leave an empty stream and the value in
 * `request.body`. It is read again from that value, as if it had just arrived.
 */
export function bodyThatWasRead(app: FastifyInstance): void {
  app.addHook('preParsing', async ({ raw }: FastifyRequest, _reply, payload) => {
    const { body } = raw as { readonly body?: unknown }
    // It was read, and was empty: its end does not come again.
    if (raw.readableEnded && !raw.readableDidRead) return Readable.from([])
    if (body === undefined || !raw.readableDidRead) return payload
    const bytes = typeof body === 'string' || Buffer.isBuffer(body) ? Buffer.from(body) : Buffer.from(textOf(body))
    // The length that the client announced: the text of the value may have another.
    const receivedEncodedLength = Number(raw.headers['content-length'] ?? bytes.length)
    return Object.assign(Readable.from([bytes]), { receivedEncodedLength })
  })
}

function textOf(body: unknown): string {
  return JSON.stringify(body) ?? ''
}
