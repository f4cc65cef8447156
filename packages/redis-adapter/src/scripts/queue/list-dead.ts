import { argumentsOf, lengthOf, readArguments } from '../arguments.ts'
import type { DeadTask, ListQuery } from '@mq/core/adapter'
import { parseGraveFacts } from '@mq/core/adapter'
import { parseRecord } from '../../record.ts'
import { arrangeParts } from '../arrange-parts.ts'
import { defineScript } from '../../script.ts'
import { lua } from '../lua.ts'
import type { Script } from '../../script.ts'
import { FOREIGN } from '../parts/foreign.ts'
import { AMOUNT, NOTE_KEPT, DROP_OLD, keepLimits, STORED_KEEP } from '../parts/keep.ts'
import { META, NOW } from '../parts/meta.ts'

/** `afterN`, `afterDied`: the last of the page before, or ''. */
const LIST = {
  limit: 'number',
  maxBytes: 'number',
  from: 'text',
  to: 'text',
  afterN: 'text',
  afterDied: 'text',
  hasPayloads: 'flag',
} as const

/**
 * KEYS     meta dead graves
 * ARGV     LIST, then numbers: only these
 * RETURNS  n, died at, grave without errors and log (without payloads up to the end of its header) and bytes of its record for each dead letter, newest
 *          first; fewer than `limit` when they are large
 * Those beyond their age are left out, and dropped. O(log n + limit). A grave: see BURY.
 */
export const listDeadScript: Script = defineScript({
  name: 'list-dead',
  parts: ['meta', 'dead', 'graves'],
  allowOom: true,
  lua: lua`
${arrangeParts(NOW, META, keepLimits("''", STORED_KEEP), AMOUNT, NOTE_KEPT, FOREIGN, DROP_OLD)}
${readArguments(LIST)}
local ONLY = ${lengthOf(LIST)} -- ARGV[ONLY + i]
local least, most, left = tonumber(from) or -math.huge, tonumber(to) or math.huge, maxBytes
local found = {}
if #ARGV > ONLY then
  for i = ONLY + 1, #ARGV do
    local died = diedAt(ARGV[i])
    if died then
      found[#found + 1] = ARGV[i]
      found[#found + 1] = died
    end
  end
else
  -- One that died again since stands somewhere else.
  local isThere = afterN ~= '' and tonumber(redis.call('ZSCORE', dead, afterN) or nil) == tonumber(afterDied)
  local rank = isThere and redis.call('ZREVRANK', dead, afterN)
  if rank then
    found = redis.call('ZREVRANGE', dead, rank + 1, rank + limit, 'WITHSCORES')
  else
    local latest = afterDied ~= '' and tonumber(afterDied) < most and afterDied or to
    found = redis.call('ZREVRANGEBYSCORE', dead, latest, from, 'WITHSCORES', 'LIMIT', 0, limit)
  end
end
local page, old = {}, now - keepLimits()[1]
for i = 1, math.min(#found, 2 * limit), 2 do
  local died = tonumber(found[i + 1])
  if died > old and (#ARGV > ONLY or (died >= least and died <= most)) then
    local grave = redis.call('HGET', graves, found[i]) or ''
    left = left - #grave
    if left < 0 and #page > 0 then break end
    page[#page + 1] = found[i]
    page[#page + 1] = found[i + 1]
    local record = (string.find(grave, '\\n', 1, true) or 0) + 1
    local history = string.find(string.sub(grave, 1, record - 1), '\\t', 1, true)
    if history then
      grave = string.sub(grave, 1, history - 1) .. string.sub(grave, record - 1)
      record = history + 1
    end
    page[#page + 1] = hasPayloads and grave or string.sub(grave, 1, string.find(grave, '\\n', record, true) or record - 1)
    page[#page + 1] = #grave - record + 1
  end
end
dropOld()
return page
`,
})

export function listArguments(
  { only = [], after, diedFrom, diedTo, limit, payloads = true }: ListQuery,
  maxBytes: number,
): (string | number)[] {
  const head = argumentsOf(LIST, {
    limit,
    maxBytes,
    from: diedFrom ?? '-inf',
    to: diedTo ?? '+inf',
    afterN: after?.n ?? '',
    afterDied: after?.diedAt ?? '',
    hasPayloads: payloads,
  })
  return [...head, ...only]
}

export function parseDead(reply: unknown): DeadTask[] {
  const flat = reply as (string | number)[]
  const dead: DeadTask[] = []
  for (let i = 0; i < flat.length; i += 4) {
    dead.push({ ...parseGrave(String(flat[i]), Number(flat[i + 1]), String(flat[i + 2])), bytes: Number(flat[i + 3]) })
  }
  return dead
}

/** Errors and log: what is between a grave's own facts and the record. */
export function historyIn(grave: string): string {
  const head = grave.slice(0, Math.max(0, grave.indexOf('\n')))
  const tab = head.indexOf('\t')
  return tab === -1 ? '' : head.slice(tab + 1)
}

export function parseGrave(n: string, diedAt: number, grave: string): Omit<DeadTask, 'bytes'> {
  const newline = grave.indexOf('\n')
  const [facts = ''] = (newline === -1 ? grave : grave.slice(0, newline)).split('\t', 1)
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
