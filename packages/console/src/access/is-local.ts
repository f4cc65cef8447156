import type { FastifyRequest } from 'fastify'
import { BlockList, isIP } from 'node:net'

const LOOPBACK = new BlockList()
LOOPBACK.addSubnet('127.0.0.0', 8, 'ipv4')
LOOPBACK.addAddress('::1', 'ipv6')

/** Headers by which proxies say that somebody else is behind them. */
const FORWARDED = ['forwarded', 'x-forwarded-for', 'x-forwarded-host', 'x-forwarded-proto', 'x-real-ip', 'via']

/** Whether a program of this machine asks for itself: over loopback at both ends, through no proxy that says so. */
export function isLocal({ headers, socket }: FastifyRequest): boolean {
  if (FORWARDED.some((name) => headers[name] !== undefined)) return false
  const { remoteAddress, localAddress } = socket
  // A request that was injected has no address of its own end.
  return isLoopback(remoteAddress) && (localAddress === undefined || isLoopback(localAddress))
}

export function isLoopback(address: string | undefined): boolean {
  const bare = (address ?? '').replace(/^::ffff:(?=\d)/i, '')
  const family = isIP(bare)
  return family !== 0 && LOOPBACK.check(bare, family === 4 ? 'ipv4' : 'ipv6')
}
