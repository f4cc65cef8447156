import { MAX_LISTED_WORKERS, WORKER_KEPT_MS } from '@mq/core/adapter'
import { lua } from '../lua.ts'
import { NOW } from '../parts/meta.ts'
import { defineScript } from '../../script.ts'
import type { Script } from '../../script.ts'

/**
 * KEYS     seen
 * ARGV     none
 * RETURNS  the time, then the ids of the workers that were noted within 60 s, 10,000 at the most, each with the time of it
 * O(workers).
 */
export const listWorkersScript: Script = defineScript({
  name: 'list-workers',
  parts: ['seen'],
  allowOom: true,
  lua: lua`
${NOW}
local found = redis.call('ZRANGEBYSCORE', seen, '(' .. string.format('%.0f', now - ${WORKER_KEPT_MS}), '+inf', 'WITHSCORES', 'LIMIT', 0, ${MAX_LISTED_WORKERS})
return { string.format('%.0f', now), found }
`,
})

export interface SeenWorker {
  readonly id: string
  readonly seenAt: number
  readonly seenAgoMs: number
}

export function parseSeen(reply: unknown): readonly SeenWorker[] {
  const [now, texts] = reply as readonly [string, readonly string[]]
  return Array.from({ length: texts.length / 2 }, (_, i) => {
    const seenAt = Number(texts[2 * i + 1])
    // A clock that was set back makes none younger than now.
    return { id: texts[2 * i]!, seenAt, seenAgoMs: Math.max(0, Number(now) - seenAt) }
  })
}
