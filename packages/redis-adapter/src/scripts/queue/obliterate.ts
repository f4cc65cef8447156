import type { CommandReply } from '@mq/core/adapter'
import { HISTORY_PARTS, isOfFlow, OUTCOME_PARTS, QUEUE_PARTS, SCHEDULE_PARTS, widthOf } from '../../keys.ts'
import { arrangeParts } from '../arrange-parts.ts'
import { defineScript } from '../../script.ts'
import { lua } from '../lua.ts'
import type { Script } from '../../script.ts'
import { AWAITED, TELL } from '../parts/hints.ts'
import { META, refuseLayout } from '../parts/meta.ts'

const ALL = [...QUEUE_PARTS, ...HISTORY_PARTS, ...SCHEDULE_PARTS]
const unlink = ALL.map((part) =>
  widthOf(part) === 1
    ? `redis.call('UNLINK', ${isOfFlow(part) ? `flow.${part}` : part})`
    : `for level = 0, 9 do redis.call('UNLINK', KEYS[${part.toUpperCase()} + level]) end`,
).join('\n')

/**
 * KEYS     all parts of the queue, of its history and schedules; those of its outcomes
 * ARGV     force 0|1
 * RETURNS  1 when there was anything, else 0; -1 when tasks run, -2 when workers wait for work, and nothing is deleted
 * Deletes the queue, in the background. What deletes a channel deletes its outcomes afterwards; that it will not be refused is seen to before. O(keys).
 */
export const obliterateScript: Script = defineScript({
  name: 'obliterate',
  parts: [...ALL, ...OUTCOME_PARTS],
  allowOom: true,
  lua: lua`
${arrangeParts(META, refuseLayout(`redis.pcall('HGET', outcomeKeys.seq, 'layout')`, 'channel', 'outcomeKeys'), TELL, AWAITED)}
if ARGV[1] ~= '1' then
  if redis.call('ZCARD', leases) > 0 then return -1 end
  if isAwaited() then return -2 end
end
local before = redis.call('EXISTS', meta) + redis.call('EXISTS', producers) + redis.call('EXISTS', lanes)
  + redis.call('EXISTS', outcomeKeys.seq, outcomeKeys.log, outcomeKeys.readers, outcomeKeys.floors, outcomeKeys.alive, outcomeKeys.bells)
${unlink}
return before > 0 and 1 or 0
`,
})

export function parseObliterated(reply: unknown): CommandReply {
  const deleted = Number(reply)
  if (deleted < 0) return { changed: 0, inUse: deleted === -1 ? 'tasks' : 'workers' }
  return { changed: deleted }
}
