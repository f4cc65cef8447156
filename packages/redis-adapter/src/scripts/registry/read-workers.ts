import type { NotedWorker } from '@mq/core/adapter'
import { lua } from '../lua.ts'
import { defineScript } from '../../script.ts'
import type { Script } from '../../script.ts'
import type { SeenWorker } from './list-workers.ts'

/**
 * KEYS     workers
 * ARGV     ids, at most a thousand
 * RETURNS  what each says, or nil; then for each how many connections hear its participant's topic, or -1 where that is not known: in a
 *          cluster, which counts one node only, and without the right to ask
 * O(ids).
 */
export const readWorkersScript: Script = defineScript({
  name: 'read-workers',
  parts: ['workers'],
  allowOom: true,
  lua: lua`
if #ARGV < 1 or #ARGV > 1000 then return redis.error_reply('MQARGS ids are not right') end
local said = redis.call('HMGET', workers, unpack(ARGV))
local topics, heard, ears = {}, {}, {}
for i = 1, #said do
  topics[i] = string.match(said[i] or '', '^([^\\n]+)\\n')
  if topics[i] and not heard[topics[i]] then
    heard[topics[i]] = -1
    heard[#heard + 1] = topics[i]
  end
end
if #heard > 0 and type(redis.pcall('CLUSTER', 'MYID')) ~= 'string' then
  local counts = redis.pcall('PUBSUB', 'NUMSUB', unpack(heard))
  for i = 1, #counts, 2 do heard[counts[i]] = counts[i + 1] end
end
for i = 1, #said do ears[i] = heard[topics[i]] or -1 end
return { said, ears }
`,
})

/** Without those that left meanwhile. */
export function parseWorkers(seen: readonly SeenWorker[], reply: unknown): readonly NotedWorker[] {
  const [texts, ears] = reply as readonly [readonly (string | null)[], readonly number[]]
  return seen.flatMap((worker, i) => {
    const [about, count = -1] = [texts[i], ears[i]]
    if (typeof about !== 'string') return []
    // What each says comes after the topic of its participant.
    return { ...worker, about: about.slice(about.indexOf('\n') + 1), ...(count >= 0 && { connected: count > 0 }) }
  })
}
