import { Redis } from 'ioredis'
import { auditChannel } from './audit-channel.ts'
import { groupStatesOf } from './group-state.ts'
import { typeInChannel, typeInQueue } from './documented-keys.ts'
import type { EndState } from './end-state.ts'
import { endStateOf } from './queue-state.ts'
import { keysLike, readRawKeys } from './raw-keys.ts'

/** What docs/redis-layout.md says of the registry. */
const REGISTRY = ['names', 'seen', 'workers'].map((part) => `mq:{:registry}:${part}`)

/** A queue and a channel with history, which have the server for themselves. */
export async function readEndState(url: string, queue: string, channel: string): Promise<EndState> {
  const redis = new Redis(url, { lazyConnect: true, maxRetriesPerRequest: 2, protocol: 2 })
  await redis.connect()
  try {
    const prefixes = [`mq:{${queue}}:`, `mq:{${channel}}:`] as const
    const own = [...prefixes, ...REGISTRY]
    const strangers = (await keysLike(redis, '*')).filter((key) => !own.some((prefix) => key.startsWith(prefix)))
    const state = endStateOf(await readRawKeys(redis, prefixes[0], typeInQueue))
    const raw = await readRawKeys(redis, prefixes[1], typeInChannel)
    return {
      ...state,
      groups: groupStatesOf(raw),
      defects: [
        ...strangers.map((key) => `the key ${key} is not documented`),
        ...state.defects,
        ...[...raw.defects, ...auditChannel(raw)].map((what) => `channel: ${what}`),
      ],
      sizes: {
        ...state.sizes,
        ...Object.fromEntries(Object.entries(raw.sizes).map(([part, size]) => [`channel ${part}`, size])),
      },
    }
  } finally {
    redis.disconnect()
  }
}
