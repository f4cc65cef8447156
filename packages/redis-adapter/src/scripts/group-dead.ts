import type { DeadTask } from '@mq/core'
import { parseGraveFacts } from '../outcome.ts'
import { defineScript } from '../script.ts'
import type { Script } from '../script.ts'
import { DIGITS, GROUP_META } from './group-parts.ts'
import { messageOf } from './group-turn.ts'

/**
 * KEYS     meta dead graves
 * ARGV     offset, limit, most bytes
 * RETURNS  id, died at and grave of each dead letter, newest first; fewer than `limit` when they are large
 * O(log n + limit). A grave: "failures|crashes|json of reason and detail", a newline, the message's text.
 */
export const groupDeadScript: Script = defineScript({
  name: 'group-dead',
  parts: ['meta', 'dead', 'graves'],
  allowOom: true,
  lua: /* lua */ `
${DIGITS}${GROUP_META}
local first, limit, left = tonumber(ARGV[1]), tonumber(ARGV[2]), tonumber(ARGV[3])
local found = redis.call('ZREVRANGE', dead, first, first + limit - 1, 'WITHSCORES')
local page = {}
for i = 1, #found, 2 do
  local grave = redis.call('HGET', graves, found[i]) or ''
  left = left - #grave
  if left < 0 and i > 1 then break end
  page[#page + 1] = found[i]
  page[#page + 1] = found[i + 1]
  page[#page + 1] = grave
end
return page
`,
})

export function parseGroupDead(reply: unknown): DeadTask[] {
  const flat = reply as string[]
  const dead: DeadTask[] = []
  for (let i = 0; i < flat.length; i += 3) dead.push(parseGrave(flat[i]!, Number(flat[i + 1]), flat[i + 2]!))
  return dead
}

function parseGrave(id: string, diedAt: number, grave: string): DeadTask {
  const newline = grave.indexOf('\n')
  const facts = newline === -1 ? grave : grave.slice(0, newline)
  const [failures = '0', crashes = '0'] = facts.split('|', 2)
  const { reason, body: detail } = parseGraveFacts(facts.slice(failures.length + crashes.length + 2))
  const { n, enqueuedAt, header, payload } = messageOf(id, grave.slice(newline + 1))
  const counts = { failures: Number(failures) || 0, crashes: Number(crashes) || 0 }
  return { n, reason, detail, diedAt, enqueuedAt, ...counts, header, payload }
}
