import { lengthOf, readArguments } from '../arguments.ts'
import type { LeaseState } from '@mq/core/adapter'
import { MAX_LEASE_MS } from '@mq/core/adapter'
import { arrangeParts } from '../arrange-parts.ts'
import { defineScript } from '../../script.ts'
import { lua } from '../lua.ts'
import type { Script } from '../../script.ts'
import { META, NOW } from '../parts/meta.ts'
import { GRACE, MARK_SEEN, NOTE_GAP, SEEN, STARTED } from '../parts/seen.ts'

export const EXTEND = { leaseMs: 'number' } as const

/**
 * KEYS     meta leases results
 * ARGV     EXTEND, then the leases
 * RETURNS  a letter for each lease: h held, c cancelled, l lost
 * A lease whose time is over but that nobody recovered is still held. O(leases · log n).
 */
export const extendScript: Script = defineScript({
  name: 'extend',
  parts: ['meta', 'leases', 'results'],
  allowOom: true,
  lua: lua`
${readArguments(EXTEND)}
if not leaseMs or not (leaseMs >= 1 and leaseMs <= ${MAX_LEASE_MS}) then return redis.error_reply('MQARGS no lease time') end
${arrangeParts(NOW, META, SEEN)}
local tokens = {}
for i = ${lengthOf(EXTEND) + 1}, #ARGV do tokens[#tokens + 1] = ARGV[i] end
redis.call('HLEN', results)
local held = redis.call('ZMSCORE', leases, unpack(tokens))
${NOTE_GAP}
local states, scored = {}, {}
for i = 1, #tokens do
  if held[i] then
    states[i] = 'h'
    local isStarted = held[i] % ${GRACE} >= ${STARTED}
    scored[#scored + 1] = isStarted and string.format('%.3f', now + leaseMs + ${STARTED}) or now + leaseMs
    scored[#scored + 1] = tokens[i]
  else
    local n = string.match(tokens[i], '^%d+')
    local outcome = n and redis.call('HGET', results, n)
    states[i] = outcome and string.find(outcome, n .. '|K|', 1, true) == 1 and 'c' or 'l'
  end
end
if #scored > 0 then redis.call('ZADD', leases, unpack(scored)) end
${MARK_SEEN}
return table.concat(states)
`,
})

const STATES = { h: 'held', c: 'cancelled', l: 'lost' } as const

export function parseLeaseStates(reply: unknown): LeaseState[] {
  return Array.from(String(reply), (letter) => STATES[letter as keyof typeof STATES] ?? 'lost')
}
