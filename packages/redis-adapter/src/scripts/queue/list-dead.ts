import type { DeadTask, ListQuery } from '@mq/core/adapter'
import { parseGraveFacts } from '../../outcome.ts'
import { parseRecord } from '../../record.ts'
import { arrangeParts } from '../arrange-parts.ts'
import { defineScript } from '../../script.ts'
import { lua } from '../lua.ts'
import type { Script } from '../../script.ts'
import { FOREIGN } from '../parts/foreign.ts'
import { AMOUNT, NOTE_KEPT, DROP_OLD, keepLimits, STORED_KEEP } from '../parts/keep.ts'
import { META, NOW } from '../parts/meta.ts'

/**
 * KEYS     meta dead graves
 * ARGV     limit, most bytes, died from, died to, number and time of the one before or '', payloads 0|1, then numbers: only these
 * RETURNS  n, died at, grave (without payloads up to the end of its header) and bytes of its record for each dead letter, newest
 *          first; fewer than `limit` when they are large
 * Those beyond their age are left out, and dropped. O(log n + limit). A grave: "failures|crashes|run|json of reason and detail", a newline, the task's record.
 */
export const listDeadScript: Script = defineScript({
  name: 'list-dead',
  parts: ['meta', 'dead', 'graves'],
  allowOom: true,
  lua: lua`
${arrangeParts(NOW, META, keepLimits("''", STORED_KEEP), AMOUNT, NOTE_KEPT, FOREIGN, DROP_OLD)}
local limit, left = tonumber(ARGV[1]), tonumber(ARGV[2])
local from, to = tonumber(ARGV[3]) or -math.huge, tonumber(ARGV[4]) or math.huge
local found = {}
if #ARGV > 7 then
  for i = 8, #ARGV do
    local died = diedAt(ARGV[i])
    if died then
      found[#found + 1] = ARGV[i]
      found[#found + 1] = died
    end
  end
else
  -- One that died again since stands somewhere else.
  local isThere = ARGV[5] ~= '' and tonumber(redis.call('ZSCORE', dead, ARGV[5]) or nil) == tonumber(ARGV[6])
  local rank = isThere and redis.call('ZREVRANK', dead, ARGV[5])
  if rank then
    found = redis.call('ZREVRANGE', dead, rank + 1, rank + limit, 'WITHSCORES')
  else
    local latest = ARGV[6] ~= '' and tonumber(ARGV[6]) < to and ARGV[6] or ARGV[4]
    found = redis.call('ZREVRANGEBYSCORE', dead, latest, ARGV[3], 'WITHSCORES', 'LIMIT', 0, limit)
  end
end
local page, old = {}, now - keepLimits()[1]
for i = 1, math.min(#found, 2 * limit), 2 do
  local died = tonumber(found[i + 1])
  if died > old and (#ARGV > 7 or (died >= from and died <= to)) then
    local grave = redis.call('HGET', graves, found[i]) or ''
    left = left - #grave
    if left < 0 and #page > 0 then break end
    page[#page + 1] = found[i]
    page[#page + 1] = found[i + 1]
    local record = (string.find(grave, '\\n', 1, true) or 0) + 1
    page[#page + 1] = ARGV[7] == '1' and grave or string.sub(grave, 1, string.find(grave, '\\n', record, true) or record - 1)
    page[#page + 1] = #grave - record + 1
  end
end
dropOld()
return page
`,
})

export function listArguments(
  { only = [], after, diedFrom, diedTo, limit, payloads = true }: ListQuery,
  mostBytes: number,
): (string | number)[] {
  return [
    limit,
    mostBytes,
    diedFrom ?? '-inf',
    diedTo ?? '+inf',
    after?.n ?? '',
    after?.diedAt ?? '',
    payloads ? 1 : 0,
    ...only,
  ]
}

export function parseDead(reply: unknown): DeadTask[] {
  const flat = reply as (string | number)[]
  const dead: DeadTask[] = []
  for (let i = 0; i < flat.length; i += 4) {
    dead.push({ ...parseGrave(String(flat[i]), Number(flat[i + 1]), String(flat[i + 2])), bytes: Number(flat[i + 3]) })
  }
  return dead
}

function parseGrave(n: string, diedAt: number, grave: string): Omit<DeadTask, 'bytes'> {
  const newline = grave.indexOf('\n')
  const facts = newline === -1 ? grave : grave.slice(0, newline)
  const [failures = '0', crashes = '0', run = '0'] = facts.split('|', 3)
  const { reason, body } = parseGraveFacts(facts.slice(failures.length + crashes.length + run.length + 3))
  const { enqueuedAt, header, payload } = parseRecord(grave.slice(newline + 1))
  return {
    n,
    reason,
    detail: body,
    diedAt,
    enqueuedAt,
    failures: Number(failures) || 0,
    crashes: Number(crashes) || 0,
    header,
    payload,
  }
}
