import { argumentsOf, readArguments } from '../arguments.ts'
import type { HeldBack, KeyFacts, KeyPage, KeysQuery } from '@mq/core/adapter'
import { MqError } from '@mq/core/adapter'
import { arrangeParts } from '../arrange-parts.ts'
import { defineScript } from '../../script.ts'
import { lua } from '../lua.ts'
import type { Script } from '../../script.ts'
import { META, NOW } from '../parts/meta.ts'
import { keyId, KEYS_OF } from '../parts/keys.ts'
import { LIMITS_IN, SHARED } from '../parts/shared-limits.ts'

/** `after`: in hexadecimal, what of `keyed` to go on behind, or ''; `scan`: of those that only run, from there on, or ''. `only`: a key as it is stored, or ''. */
const KEYS = { limit: 'number', after: 'text', scan: 'text', only: 'text' } as const

/**
 * KEYS     meta tasks keyed ring paced busy
 * ARGV     KEYS
 * RETURNS  where to go on: "k" and `after`, "s" and a place of HSCAN, or ''; then of each key: it as it is stored, how many wait, how many run, when the next that
 *          waits was enqueued or '', what holds it back ("concurrency 2", "rate <ms>", "hold <ms>") or ''
 * Those of which some wait, in the order in which they are stored, then those of which some only run. Writes nothing. O(limit · log n).
 */
export const listKeysScript: Script = defineScript({
  name: 'list-keys',
  parts: ['meta', 'tasks', 'keyed', 'ring', 'paced', 'busy'],
  allowOom: true,
  lua: lua`
${readArguments(KEYS)}
if not (limit and limit >= 1 and limit <= 1000 and limit % 1 == 0) then return redis.error_reply('MQARGS a page is not right') end
${arrangeParts(NOW, META, LIMITS_IN, SHARED, KEYS_OF)}
local found = {}
local function add(id, waiting, place)
  local state = stateOf(id)
  if waiting + state.running == 0 then return end
  local heldBack, enqueuedAt = '', ''
  if place then
    local free = freeOf(state)
    if isFull(state) then
      heldBack = 'concurrency ' .. caps.keyConcurrency
    elseif free > now then
      heldBack = (math.max(state.held, state.retried) >= free and 'hold ' or 'rate ') .. math.ceil(free - now)
    end
    local rank, n = string.match(string.sub(place, #id + 1), '^%d[01]0*(%d+):?(%d*)')
    local record = rank and redis.call('HGET', tasks, n ~= '' and n or rank)
    enqueuedAt = record and string.match(string.sub(record, 1, 13), '^%d+$') or ''
  end
  for _, fact in ipairs({ id, waiting, state.running, enqueuedAt, heldBack }) do found[#found + 1] = fact end
end
if only ~= '' then
  add(only, redis.call('ZLEXCOUNT', keyed, '[' .. only, '(' .. only .. ':'), entriesOf(only, 0, 1)[1])
  return { '', found }
end
if scan == '' then
  local behind = string.gsub(after, '%x%x', function(hex) return string.char(tonumber(hex, 16)) end)
  local from = after == '' and '-' or '(' .. behind
  for _ = 1, limit do
    local place = redis.call('ZRANGE', keyed, from, '+', 'BYLEX', 'LIMIT', 0, 1)[1]
    if not place then
      from = nil
      break
    end
    local length = string.match(place, '^(%d+):')
    local id = length and #length < 6 and string.sub(place, 1, #length + 1 + length) or place
    add(id, redis.call('ZLEXCOUNT', keyed, '[' .. id, '(' .. id .. ':'), place)
    -- What another program wrote may stand behind all of its key.
    behind = (string.byte(place, #id + 1) or 0) < 58 and id .. ':' or place
    from = '(' .. behind
  end
  if from and redis.call('ZRANGE', keyed, from, '+', 'BYLEX', 'LIMIT', 0, 1)[1] then
    return { 'k' .. string.gsub(behind, '.', function(byte) return string.format('%02x', string.byte(byte)) end), found }
  end
  if redis.call('HLEN', busy) == 0 then return { '', found } end
  return { 's0', found }
end
if not string.find(scan, '^%d+$') or #scan > 20 then return redis.error_reply('MQARGS a page is not right') end
local next, some = unpack(redis.call('HSCAN', busy, scan, 'COUNT', limit))
for i = 1, #some, 2 do
  local id = some[i]
  if #entriesOf(id, 0, 1) == 0 then add(id, 0, nil) end
end
return { next == '0' and '' or 's' .. next, found }
`,
})

export function keysArguments({ limit, after = '', only }: KeysQuery): (string | number)[] {
  const scan = /^s(\d{1,20})$/.exec(after)?.[1] ?? ''
  const behind = /^k((?:[0-9a-f]{2})+)$/.exec(after)?.[1] ?? ''
  if (after !== '' && scan === '' && behind === '') {
    throw new MqError('invalid-options', 'after is not the next of a page of keys', {
      details: { option: 'after', kind: 'a text' },
    })
  }
  return argumentsOf(KEYS, { limit, after: behind, scan, only: only === undefined ? '' : keyId(only) })
}

type Reply = [string, (string | number)[]]

export function parseKeys(reply: unknown): KeyPage {
  const [next, flat] = reply as Reply
  const keys: KeyFacts[] = []
  for (let i = 0; i < flat.length; i += 5) {
    const [id, waiting, running, enqueuedAt, heldBack] = flat.slice(i, i + 5)
    const held = parseHeldBack('key', String(heldBack))
    keys.push({
      key: keyIn(String(id)),
      waiting: Number(waiting),
      running: Number(running),
      ...(enqueuedAt === '' ? undefined : { nextEnqueuedAt: Number(enqueuedAt) }),
      ...(held === undefined ? undefined : { heldBack: held }),
    })
  }
  if (next === '') return { keys }
  return { keys, next }
}

/** "concurrency 2", "rate 5", "hold 5", or ''. */
export function parseHeldBack(scope: HeldBack['scope'], text: string): HeldBack | undefined {
  const [by, number] = text.split(' ', 2)
  if (by === 'concurrency') return { scope, by, limit: Number(number) }
  return by === 'rate' || by === 'hold' ? { scope, by, freeInMs: Number(number) } : undefined
}

function keyIn(id: string): string {
  return id.slice(id.indexOf(':') + 1)
}
