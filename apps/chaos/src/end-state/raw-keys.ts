import type { Redis } from 'ioredis'

export interface StreamEntry {
  readonly id: string
  readonly fields: readonly string[]
}

/** All that is stored of a queue or a channel, by part: hashes and sets as maps, lists and streams as arrays. */
export interface RawKeys {
  hash(part: string): ReadonlyMap<string, string>
  list(part: string): readonly string[]
  zset(part: string): ReadonlyMap<string, number>
  stream(part: string): readonly StreamEntry[]
  readonly parts: readonly string[]
  /** Entries per part. */
  readonly sizes: Readonly<Record<string, number>>
  /** Keys that are not documented, or not so. */
  readonly defects: readonly string[]
}

/** `masters`: each key is at one of them. `typeOf`: the type of a part; undefined where none is documented. */
export async function readRawKeys(
  masters: readonly Redis[],
  prefix: string,
  typeOf: (part: string) => string | undefined,
): Promise<RawKeys> {
  const hashes = new Map<string, Map<string, string>>()
  const lists = new Map<string, string[]>()
  const zsets = new Map<string, Map<string, number>>()
  const streams = new Map<string, StreamEntry[]>()
  const sizes: Record<string, number> = {}
  const defects: string[] = []
  const found = await Promise.all(
    masters.map(async (redis) => (await keysLike(redis, `${prefix}*`)).map((key) => ({ redis, key }))),
  )
  for (const { redis, key } of found.flat()) {
    const part = key.slice(prefix.length)
    const type = await redis.type(key)
    const documented = typeOf(part)
    if (documented === undefined) defects.push(`the key ${key} (${type}) is not documented`)
    else if (documented !== type) defects.push(`${key} is a ${type}, documented is a ${documented}`)
    if ((await redis.ttl(key)) !== -1) defects.push(`${key} has a TTL`)
    if (type === 'hash') hashes.set(part, mapOf(await redis.hgetall(key)))
    else if (type === 'list') lists.set(part, await redis.lrange(key, 0, -1))
    else if (type === 'zset') zsets.set(part, scoresOf(await redis.zrange(key, '0', '-1', 'WITHSCORES')))
    else if (type === 'stream') streams.set(part, await entriesOf(redis, key))
    sizes[part] = (hashes.get(part) ?? zsets.get(part))?.size ?? (lists.get(part) ?? streams.get(part))?.length ?? 0
  }
  return {
    hash: (part) => hashes.get(part) ?? new Map(),
    list: (part) => lists.get(part) ?? [],
    zset: (part) => zsets.get(part) ?? new Map(),
    stream: (part) => streams.get(part) ?? [],
    parts: Object.keys(sizes),
    sizes,
    defects,
  }
}

export async function keysLike(redis: Redis, glob: string): Promise<string[]> {
  const keys = new Set<string>()
  let cursor = '0'
  do {
    const [next, some] = await redis.scan(cursor, 'MATCH', glob, 'COUNT', 1_000)
    cursor = next
    for (const key of some) keys.add(key)
  } while (cursor !== '0')
  return [...keys].toSorted()
}

async function entriesOf(redis: Redis, key: string): Promise<StreamEntry[]> {
  const entries: StreamEntry[] = []
  const most = 10_000
  for (let from = '-'; ;) {
    const page = await redis.xrange(key, from, '+', 'COUNT', most)
    for (const [id, fields] of page) entries.push({ id, fields })
    if (page.length < most) return entries
    from = `(${page.at(-1)![0]}`
  }
}

function mapOf(record: Record<string, string>): Map<string, string> {
  return new Map(Object.entries(record))
}

function scoresOf(flat: readonly string[]): Map<string, number> {
  const scores = new Map<string, number>()
  for (let i = 0; i < flat.length; i += 2) scores.set(flat[i]!, Number(flat[i + 1]))
  return scores
}
