import { MARK_KEPT_MS } from '@mq/core/adapter'
import type { Mark, Marks } from '@mq/core/adapter'
import { argumentsOf, lengthOf, readArguments } from '../arguments.ts'
import { arrangeParts } from '../arrange-parts.ts'
import { lua } from '../lua.ts'
import { NOW, refuseLayout } from '../parts/meta.ts'
import { defineScript } from '../../script.ts'
import type { Script } from '../../script.ts'

const OF = { of: 'number' } as const
const MARK = { index: 'number', forMs: 'number' } as const

/** A mark as it is stored: its partition, when it was made, when it ends. */
const STORED = /(\d+):(\d+):(\d+)/g

/**
 * KEYS     meta
 * ARGV     OF, then MARK for each
 * RETURNS  how many partitions the queue has, 1 when it was released, the time, marks as "index:when:until", by commas
 * Of a queue as if it had no partitions. Without marks it writes nothing, and so where there is another number of partitions. O(partitions).
 */
export const markPartitionsScript: Script = defineScript({
  name: 'mark-partitions',
  parts: ['meta'],
  allowOom: true,
  lua: lua`
${readArguments(OF)}
if not of or (#ARGV - ${lengthOf(OF)}) % ${lengthOf(MARK)} ~= 0 then return redis.error_reply('MQARGS marks are not right') end
local layout, left, stored = unpack(redis.call('HMGET', meta, 'layout', 'left', 'marks'))
local has = layout and tonumber(string.match(layout, '^p(%d+)$'))
local plain = not has and layout
if has ~= of then
  ${arrangeParts(refuseLayout('plain', 'queue', 'plain'))}return { has or 1, 0, '0', '' }
end
${NOW}
if #ARGV > ${lengthOf(OF)} then
  local ats, untils = {}, {}
  for index, at, till in string.gmatch(stored or '', '(%d+):(%d+):(%d+)') do
    ats[tonumber(index)], untils[tonumber(index)] = tonumber(at), tonumber(till)
  end
  for i = ${lengthOf(OF) + 1}, #ARGV, ${lengthOf(MARK)} do
    ${readArguments(MARK, 'i')}
    if not (index and forMs and index >= 0 and index < of and index % 1 == 0 and forMs >= 1) then
      return redis.error_reply('MQARGS a mark is not right')
    end
    ats[index], untils[index] = now, math.max(now + forMs, untils[index] or 0)
  end
  local kept = {}
  for index = 0, of - 1 do
    if ats[index] and math.max(ats[index], untils[index]) > now - ${MARK_KEPT_MS} then
      kept[#kept + 1] = string.format('%.0f:%.0f:%.0f', index, ats[index], untils[index])
    end
  end
  stored = table.concat(kept, ',')
  redis.call('HSET', meta, 'marks', stored)
end
return { has, left and 1 or 0, string.format('%.0f', now), stored or '' }
`,
})

export function markArguments(of: number, marks: readonly Mark[]): (string | number)[] {
  return [...argumentsOf(OF, { of }), ...marks.flatMap((mark) => argumentsOf(MARK, mark))]
}

export function parseMarks(reply: unknown): Marks {
  const [partitions, released, time, stored] = reply as readonly [number, number, string, string]
  const now = Number(time)
  const marks = [...stored.matchAll(STORED)].map(([, index, at, until]) => ({
    index: Number(index),
    // The clock may have been set back.
    agoMs: Math.max(0, now - Number(at)),
    leftMs: Math.max(0, Number(until) - now),
  }))
  return {
    partitions,
    released: released === 1,
    marks: marks.filter(({ agoMs, leftMs }) => leftMs > 0 || agoMs < MARK_KEPT_MS),
  }
}
