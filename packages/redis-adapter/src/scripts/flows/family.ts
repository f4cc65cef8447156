import type { FamilyMember, FamilyPage, ParentEnd } from '@mq/core/adapter'
import { MAX_BATCH_BYTES, parseOutcome } from '@mq/core/adapter'
import { arrangeParts } from '../arrange-parts.ts'
import { readArguments } from '../arguments.ts'
import { defineScript } from '../../script.ts'
import { lua } from '../lua.ts'
import type { Script } from '../../script.ts'
import { BLOCKED } from '../parts/flow.ts'
import { META } from '../parts/meta.ts'
import { parseOnDead, parseParent } from './family-text.ts'

/** `task`: "#n" or "=id". */
export const FAMILY = { task: 'text', from: 'number', limit: 'number' } as const

/**
 * KEYS     meta later×10 ids kin
 * ARGV     FAMILY
 * RETURNS  {n, "onDead depth delay count heard bad", blocked 0|1, its own id or '', then for each parent "queue n" or "queue n=id" and how it ended or ''}, or {} where it has no family
 * As many as are about 4 MiB together. O(parents before and with these).
 */
export const familyScript: Script = defineScript({
  name: 'family',
  parts: ['meta', 'later', 'ids', 'kin'],
  allowOom: true,
  lua: lua`
${readArguments(FAMILY)}
if not (from and from >= 0 and from % 1 == 0 and limit and limit >= 1 and limit <= 1000 and limit % 1 == 0) then
  return redis.error_reply('MQARGS a family is not right')
end
${arrangeParts(META)}
local n = string.match(task, '^#(%d+)$')
if not n then n = string.match(redis.call('HGET', ids, string.sub(task, 2)) or '', '^%d+') end
local head, parents, id = false, false, false
if n then head, parents, id = unpack(redis.call('HMGET', flow.kin, n, 'f' .. n, 'i' .. n)) end
if not head or not parents then return {} end
local blocked = 0
for level in string.gmatch(m[3], '%d') do
  local due = redis.call('ZSCORE', KEYS[LATER + level], n)
  if due and tonumber(due) >= ${BLOCKED} then blocked = 1 end
end
local page, queue, index, bytes, listed = { n, head, blocked, id or '' }, '', 0, 0, 0
for word in string.gmatch(parents, '%S+') do
  if string.sub(word, 1, 1) == '@' then
    queue = string.sub(word, 2)
  else
    if index >= from then
      if listed == limit or bytes > ${MAX_BATCH_BYTES} then break end
      local ended = redis.call('HGET', flow.kin, n .. '.' .. index) or ''
      page[#page + 1] = queue .. ' ' .. word
      page[#page + 1] = ended
      listed, bytes = listed + 1, bytes + #ended
    end
    index = index + 1
  end
end
return page
`,
})

const HEAD = /^([brc]) (\d+) \d+ (\d+) (\d+) -?\d+$/

export function parseFamily(reply: unknown, from: number): FamilyPage | undefined {
  const [n, head, blocked, id, ...texts] = reply as (string | number)[]
  const [, letter = '', depth, count, heard] = HEAD.exec(String(head)) ?? []
  const onDead = parseOnDead(letter)
  if (n === undefined || onDead === undefined) return undefined
  const parents = Array.from({ length: texts.length / 2 }, (_, i): FamilyMember => {
    const end = parseEnd(String(texts[2 * i + 1]))
    return { index: from + i, ...parseParent(String(texts[2 * i])), ...(end === undefined ? undefined : { end }) }
  })
  const next = from + parents.length
  const page = { n: String(n), depth: Number(depth), onDead, count: Number(count), heard: Number(heard) }
  const own = id === '' ? undefined : { id: String(id) }
  const more = next < Number(count) ? { next } : undefined
  return { ...page, ...own, blocked: blocked === 1, parents, ...more }
}

function parseEnd(text: string): ParentEnd | undefined {
  if (text.startsWith('U|')) return { state: 'unknown', endedAt: Number(text.split('|', 2)[1]) }
  return text === '' ? undefined : parseOutcome(`0|${text}`)?.outcome
}
