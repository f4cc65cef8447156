import { Redis } from 'ioredis'

const LEVELS = ['0', '1', '2', '3', '4', '5', '6', '7', '8', '9']

/** The documented keys of a queue, and of a channel of the same name, and their types. */
const TYPES: Readonly<Record<string, string>> = {
  meta: 'hash',
  tasks: 'hash',
  ...Object.fromEntries(LEVELS.map((level) => [`ready:${level}`, 'list'])),
  ...Object.fromEntries(LEVELS.map((level) => [`later:${level}`, 'zset'])),
  leases: 'zset',
  runs: 'hash',
  crashes: 'hash',
  failures: 'hash',
  ids: 'hash',
  ended: 'zset',
  producers: 'hash',
  lanes: 'hash',
  results: 'hash',
  bulky: 'list',
  dead: 'zset',
  graves: 'hash',
  idle: 'zset',
  waiters: 'hash',
  room: 'zset',
  notes: 'hash',
  seq: 'hash',
  publishers: 'hash',
}

/** All that is stored of a queue, by part: hashes as maps, lists and sets as arrays. */
export interface RawQueue {
  hash(part: string): ReadonlyMap<string, string>
  list(part: string): readonly string[]
  zset(part: string): ReadonlyMap<string, number>
  readonly sizes: Readonly<Record<string, number>>
  readonly defects: readonly string[]
}

export async function readRawQueue(url: string, queue: string): Promise<RawQueue> {
  const redis = new Redis(url, { lazyConnect: true, maxRetriesPerRequest: 2, protocol: 2 })
  await redis.connect()
  try {
    return await readAll(redis, `mq:{${queue}}:`)
  } finally {
    redis.disconnect()
  }
}

async function readAll(redis: Redis, prefix: string): Promise<RawQueue> {
  const hashes = new Map<string, Map<string, string>>()
  const lists = new Map<string, string[]>()
  const zsets = new Map<string, Map<string, number>>()
  const sizes: Record<string, number> = {}
  const defects: string[] = []
  for (const key of await keysOf(redis, prefix)) {
    const part = key.slice(prefix.length)
    const type = await redis.type(key)
    if (TYPES[part] === undefined) defects.push(`the key ${key} (${type}) is not documented`)
    else if (TYPES[part] !== type) defects.push(`${key} is a ${type}, documented is a ${TYPES[part]}`)
    if ((await redis.ttl(key)) !== -1) defects.push(`${key} has a TTL`)
    if (type === 'hash') hashes.set(part, mapOf(await redis.hgetall(key)))
    else if (type === 'list') lists.set(part, await redis.lrange(key, 0, -1))
    else if (type === 'zset') zsets.set(part, scoresOf(await redis.zrange(key, '0', '-1', 'WITHSCORES')))
    sizes[part] = (hashes.get(part) ?? zsets.get(part))?.size ?? lists.get(part)?.length ?? 0
  }
  return {
    hash: (part) => hashes.get(part) ?? new Map(),
    list: (part) => lists.get(part) ?? [],
    zset: (part) => zsets.get(part) ?? new Map(),
    sizes,
    defects,
  }
}

async function keysOf(redis: Redis, prefix: string): Promise<string[]> {
  const keys = new Set<string>()
  let cursor = '0'
  do {
    const [next, some] = await redis.scan(cursor, 'MATCH', `${prefix}*`, 'COUNT', 1_000)
    cursor = next
    for (const key of some) keys.add(key)
  } while (cursor !== '0')
  return [...keys].toSorted()
}

function mapOf(record: Record<string, string>): Map<string, string> {
  return new Map(Object.entries(record))
}

function scoresOf(flat: readonly string[]): Map<string, number> {
  const scores = new Map<string, number>()
  for (let i = 0; i < flat.length; i += 2) scores.set(flat[i]!, Number(flat[i + 1]))
  return scores
}
