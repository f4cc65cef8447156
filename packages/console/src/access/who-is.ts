import type { FastifyRequest } from 'fastify'

/** Who sent a request, as a storage and a log may name them: a token's name, what `authorize` said, or the role. */
export function whoIs({ consoleIdentity }: Pick<FastifyRequest, 'consoleIdentity'>): string | undefined {
  return consoleIdentity?.user ?? consoleIdentity?.role
}
