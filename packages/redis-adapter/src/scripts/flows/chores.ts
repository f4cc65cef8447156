import type { ChildRef, Chore } from '@mq/core/adapter'
import { CHORE_MS, MAX_BATCH_BYTES, parseOutcome } from '@mq/core/adapter'
import { arrangeParts } from '../arrange-parts.ts'
import { defineScript } from '../../script.ts'
import { lua } from '../lua.ts'
import type { Script } from '../../script.ts'
import { SLOW } from '../parts/flow.ts'
import { META, NOW } from '../parts/meta.ts'
import { parseChild } from './children.ts'

/** How many of its children come with each that ended. */
const FIRST_CHILDREN = 100
/** How many fields of ends a call forgets, and how many of what is kept it looks at. */
const FORGOTTEN = 1_000
const LOOKED_AT = 16

/**
 * KEYS     meta tasks results graves kin edges chores
 * ARGV     how many, 1-1,000
 * RETURNS  for each chore its name, its token, a bar and what it is about, and its first children: one more than 100 where there are more; of what is not forgotten yet, and of what was none, its name, '' and none
 * They are others' in five seconds. Those that are done again come when the others leave room. What is to be forgotten is forgotten here, a part of it in each call; what is kept of tasks of which nothing
 * is known any more is found by chance. O(limit · children).
 */
export const choresScript: Script = defineScript({
  name: 'chores',
  parts: ['meta', 'tasks', 'results', 'graves', 'kin', 'edges', 'chores'],
  allowOom: true,
  lua: lua`
local limit = tonumber(ARGV[1])
if not (limit and limit >= 1 and limit <= 1000 and limit % 1 == 0) then return redis.error_reply('MQARGS chores are not right') end
${arrangeParts(NOW, META)}
if not m[15] then return {} end
for _, key in ipairs({ tasks, results, graves, flow.kin }) do redis.call('HLEN', key) end
redis.call('ZCARD', flow.edges)
local names, taken, bytes, forgotten = redis.call('ZRANGEBYSCORE', flow.chores, '-inf', now, 'LIMIT', 0, limit), {}, 0, 0
if #names < limit then
  local slow = redis.call('ZRANGEBYSCORE', flow.chores, ${SLOW}, string.format('%.0f', ${SLOW} + now), 'LIMIT', 0, limit - #names)
  for i = 1, #slow do names[#names + 1] = slow[i] end
end
local function forget(name, value)
  local n = string.sub(name, 2)
  local from = tonumber(string.match(value, '|(%d+)$') or nil) or 0
  local count = tonumber(string.match(redis.call('HGET', flow.kin, n) or '', '^%a %d+ %d+ (%d+) ') or nil) or 0
  local gone = {}
  for index = from, math.min(count, from + ${FORGOTTEN}) - 1 do gone[#gone + 1] = n .. '.' .. index end
  if #gone > 0 then redis.call('HDEL', flow.kin, unpack(gone)) end
  forgotten = forgotten + #gone
  if from + ${FORGOTTEN} < count then
    taken[#taken + 1] = { name, '', {} }
    redis.call('HSET', flow.kin, '!' .. name, string.format('0|%.0f', from + ${FORGOTTEN}))
  else
    redis.call('HDEL', flow.kin, '!' .. name)
    redis.call('ZREM', flow.chores, name)
  end
end
for i = 1, #names do
  local name = names[i]
  local value, kind = redis.call('HGET', flow.kin, '!' .. name), string.sub(name, 1, 1)
  if not value or not string.find(name, '^[cden]%d+$') then
    redis.call('ZREM', flow.chores, name)
    redis.call('HDEL', flow.kin, '!' .. name)
    taken[#taken + 1] = { name, '', {} }
  elseif kind == 'd' then
    if forgotten < ${FORGOTTEN} then forget(name, value) else taken[#taken + 1] = { name, '', {} } end
  else
    bytes = bytes + #value
    if #taken > 0 and bytes > ${MAX_BATCH_BYTES} then break end
    redis.call('ZADD', flow.chores, string.format('%.0f', now + ${CHORE_MS}), name)
    local children, n = {}, string.sub(name, 2)
    if kind == 'e' then children = redis.call('ZRANGE', flow.edges, '[' .. n .. ':', '(' .. n .. ';', 'BYLEX', 'LIMIT', 0, ${FIRST_CHILDREN + 1}) end
    for k = 1, #children do children[k] = string.sub(children[k], #n + 2) end
    taken[#taken + 1] = { name, value, children }
  end
end
if #names > 0 then
  local known, gone = redis.call('HRANDFIELD', flow.kin, ${LOOKED_AT} + 2 * #names), {}
  for i = 1, math.min(#known, 200) do
    local n = string.match(known[i], '^[fi]?(%d+)$') or string.match(known[i], '^(%d+)%.%d+$')
    if n and redis.call('HEXISTS', tasks, n) + redis.call('HEXISTS', graves, n) + redis.call('HEXISTS', results, n) == 0 then gone[#gone + 1] = known[i] end
  end
  if #gone > 0 then redis.call('HDEL', flow.kin, unpack(gone)) end
end
return taken
`,
})

/** What is done by the call itself, a part of it in each: there is more of it. */
export function isMoreToForget(reply: unknown): boolean {
  const names = (reply as readonly Taken[]).map(([name]) => name)
  return names.length > 0 && names.every(isForgetting)
}

type Taken = readonly [string, string, readonly string[]]

const isForgetting = (name: string): boolean => /^d\d+$/.test(name)

export function parseChores(reply: unknown): Chore[] {
  return (reply as readonly Taken[]).flatMap((taken) => (isForgetting(taken[0]) ? [] : parseChore(taken)))
}

function parseChore([name, value, texts]: Taken): Chore {
  const [, letter, n = '0'] = /^([cen])(\d{1,17})$/.exec(name) ?? []
  const [, token = '', about = ''] = /^(\d+)\|(.*)$/s.exec(value) ?? []
  const unreadable = { kind: 'unreadable', n, token: `${letter ?? '-'}${token}` } as const
  if (token === '') return unreadable
  if (letter === 'c') return { kind: 'check', n, token, looked: Number(/^\d{1,9}$/.exec(about)?.[0] ?? 0) }
  if (letter === 'n') return { kind: 'next', n, token, body: about }
  const end = letter === 'e' ? parseOutcome(about) : undefined
  if (end === undefined) return unreadable
  const children: ChildRef[] = texts.slice(0, FIRST_CHILDREN).flatMap((text) => parseChild(text) ?? [])
  const more = texts.length > FIRST_CHILDREN ? { next: texts[FIRST_CHILDREN - 1] } : undefined
  return { kind: 'relay', n, token, outcome: end.outcome, children, ...more }
}
