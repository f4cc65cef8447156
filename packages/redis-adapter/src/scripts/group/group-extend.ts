import { lengthOf, readArguments } from '../arguments.ts'
import { lua } from '../lua.ts'
import type { Script } from '../../script.ts'
import { MAX_LEASE_MS } from '@mq/core/adapter'
import { arrangeParts } from '../arrange-parts.ts'
import { defineScript } from '../../script.ts'
import { DIGITS, GROUP_META } from './group-parts.ts'
import { NOW } from '../parts/meta.ts'
import { MARK_SEEN, NOTE_GAP, SEEN } from '../parts/seen.ts'

export const GROUP_EXTEND = { leaseMs: 'number', group: 'text' } as const

/**
 * KEYS     alive meta leases held
 * ARGV     GROUP_EXTEND, then the leases
 * RETURNS  a letter for each lease: h held, l lost
 * Hands are extended whole, and their group has a member as long as that goes on. One whose time is over but that nobody recovered is still held. O(leases · log n).
 */
export const groupExtendScript: Script = defineScript({
  name: 'group-extend',
  parts: ['alive', 'meta', 'leases', 'held'],
  allowOom: true,
  lua: lua`
${readArguments(GROUP_EXTEND)}
local LEASE = ${lengthOf(GROUP_EXTEND)} -- ARGV[LEASE + i]
if not leaseMs or not (leaseMs >= 1 and leaseMs <= ${MAX_LEASE_MS}) or #ARGV > LEASE + 1000 then
  return redis.error_reply('MQARGS no lease time')
end
${arrangeParts(NOW, DIGITS, GROUP_META, SEEN)}
local handOf, indexOf, once, asked = {}, {}, {}, {}
for i = 1, #ARGV - LEASE do
  local hand, index = string.match(ARGV[LEASE + i], '^(%d+)%.(%d+)$')
  handOf[i], indexOf[i] = hand, tonumber(index)
  if hand and not once[hand] then
    once[hand] = true
    asked[#asked + 1] = hand
  end
end
if #asked == 0 then return string.rep('l', #ARGV - LEASE) end
local scores = redis.call('ZMSCORE', leases, unpack(asked))
local found = redis.call('HMGET', held, unpack(asked))
redis.call('ZCARD', alive)
local isSign = not seen or math.abs(now - seen) >= 1000
${NOTE_GAP}
local bitsOf, scored, states, extended = {}, {}, {}, {}
for i = 1, #asked do bitsOf[asked[i]] = scores[i] and found[i] or '' end
for i = 1, #ARGV - LEASE do
  local hand = handOf[i]
  local bit = hand and string.byte(bitsOf[hand], indexOf[i]) or 48
  states[i] = bit == 48 and 'l' or 'h'
  if bit ~= 48 and not extended[hand] then
    extended[hand] = true
    scored[#scored + 1] = now + leaseMs
    scored[#scored + 1] = hand
  end
end
if #scored > 0 then
  redis.call('ZADD', leases, 'XX', unpack(scored))
  if isSign then redis.call('ZADD', alive, 'XX', now, group) end
end
${MARK_SEEN}
return table.concat(states)
`,
})
