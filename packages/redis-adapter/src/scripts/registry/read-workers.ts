import type { NotedWorker } from '@mq/core/adapter'
import { lua } from '../lua.ts'
import { defineScript } from '../../script.ts'
import type { Script } from '../../script.ts'
import type { SeenWorker } from './list-workers.ts'

/**
 * KEYS     workers
 * ARGV     ids, at most a thousand
 * RETURNS  what each says, or nil
 * O(ids).
 */
export const readWorkersScript: Script = defineScript({
  name: 'read-workers',
  parts: ['workers'],
  allowOom: true,
  lua: lua`
if #ARGV < 1 or #ARGV > 1000 then return redis.error_reply('MQARGS ids are not right') end
return redis.call('HMGET', workers, unpack(ARGV))
`,
})

/** Without those that left meanwhile. */
export function parseWorkers(seen: readonly SeenWorker[], reply: unknown): readonly NotedWorker[] {
  const texts = reply as readonly (string | null)[]
  return seen.flatMap((worker, i) => {
    const about = texts[i]
    // What each says comes after the topic of its participant.
    return typeof about === 'string' ? { ...worker, about: about.slice(about.indexOf('\n') + 1) } : []
  })
}
