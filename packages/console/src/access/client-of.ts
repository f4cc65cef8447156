import { normalizeIP } from '@fastify/rate-limit'
import type { FastifyRequest } from 'fastify'

/** What counts as one client: an IPv4 address, the first 64 bits of an IPv6 address, or all of a Unix socket. */
export function clientOf({ ip }: Pick<FastifyRequest, 'ip'>): string {
  return ip ? normalizeIP(ip) : 'socket'
}
