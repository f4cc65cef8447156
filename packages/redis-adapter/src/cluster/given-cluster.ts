import type { RedisOptions } from 'ioredis'
import type { RedisClient } from '../client.ts'
import { strictClient } from '../strict-client.ts'
import type { NodeAddress } from './node-address.ts'
import { addressText } from './node-address.ts'
import type { NodeSource } from './node-source.ts'

type NatMap = Readonly<Record<string, NodeAddress>> | ((key: string) => NodeAddress | null | undefined)

/** What is read of a Cluster of ioredis. */
interface ClusterLike {
  readonly startupNodes?: unknown
  readonly options?: { readonly redisOptions?: RedisOptions | undefined; readonly natMap?: NatMap | undefined }
  nodes?(): readonly { readonly options?: Partial<NodeAddress> | undefined }[]
}

/** Options of ioredis that would name another server than the node, or change keys. */
const OWN = ['host', 'port', 'path', 'sentinels', 'name', 'keyPrefix', 'lazyConnect', 'readOnly'] as const

/**
 * The nodes of a Cluster that a program made, and the options for them: login, TLS, addresses behind a NAT. It is asked
 * for these alone: its own way with commands, which it holds back and sends again, would break the order of calls.
 */
export function nodesOf(client: RedisClient): NodeSource {
  const cluster = client as unknown as ClusterLike
  const { redisOptions = {}, natMap } = cluster.options ?? {}
  const [first] = Array.isArray(cluster.startupNodes) ? (cluster.startupNodes as unknown[]) : []
  const ofNodes = { ...(typeof first === 'object' ? first : undefined), ...redisOptions }
  const login = Object.fromEntries(Object.entries(ofNodes).filter(([name]) => !OWN.includes(name as never)))
  const locate = (address: NodeAddress): NodeAddress => {
    // As ioredis names a node: an IPv6 address without brackets.
    const key = `${address.host}:${address.port}`
    const found = typeof natMap === 'function' ? natMap(key) : natMap?.[key]
    return found ? { host: found.host, port: found.port } : address
  }
  return {
    seeds: seedsOf(cluster),
    make: (address, once) => strictClient({ ...login, ...address }, () => once),
    locate,
  }
}

/** Those that it was made with, else those that it knows. */
function seedsOf(cluster: ClusterLike): NodeAddress[] {
  const given = Array.isArray(cluster.startupNodes) ? (cluster.startupNodes as unknown[]) : []
  const known = (cluster.nodes?.() ?? []).map(({ options }) => options)
  const seeds = [...given, ...known].flatMap((node) => addressOf(node) ?? [])
  if (seeds.length > 0) return [...new Map(seeds.map((seed) => [addressText(seed), seed])).values()]
  throw new TypeError('the Cluster names none of its nodes')
}

/** As ioredis takes them: an object, a url, a port. */
function addressOf(node: unknown): NodeAddress | undefined {
  if (typeof node === 'number') return { host: '127.0.0.1', port: node }
  if (typeof node === 'string') {
    if (/^\d+$/.test(node)) return { host: '127.0.0.1', port: Number(node) }
    const text = node.includes('//') ? node : `redis://${node}`
    if (!URL.canParse(text)) return undefined
    const { hostname, port } = new URL(text)
    return { host: hostname.replace(/^\[|\]$/g, ''), port: Number(port || 6379) }
  }
  const { host = '127.0.0.1', port = 6379 } = (node ?? {}) as Partial<NodeAddress>
  return typeof host === 'string' ? { host, port: Number(port) } : undefined
}
