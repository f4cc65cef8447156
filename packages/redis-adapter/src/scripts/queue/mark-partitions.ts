import { layoutText, MARK_KEPT_MS, MAX_PLACES, parseLayout } from '@mq/core/adapter'
import type { Layout, Mark, Marks } from '@mq/core/adapter'
import { argumentsOf, lengthOf, readArguments } from '../arguments.ts'
import { arrangeParts } from '../arrange-parts.ts'
import { lua } from '../lua.ts'
import { NOW, refuseLayout } from '../parts/meta.ts'
import { IS_DIVIDED } from './claim-width.ts'
import { defineScript } from '../../script.ts'
import type { Script } from '../../script.ts'

const OF = { of: 'text' } as const
const MARK = { index: 'number', forMs: 'number' } as const

/** A mark as it is stored: its partition, when it was made, when it ends. */
const STORED = /(\d+):(\d+):(\d+)/g

/**
 * KEYS     meta
 * ARGV     OF, then MARK for each
 * RETURNS  how the queue is divided, as text or '', 1 when it was released, the time, marks as "index:when:until", by commas
 * Of a queue as if it had no partitions. Without marks it writes nothing, and so where it is divided in another way. O(partitions).
 */
export const markPartitionsScript: Script = defineScript({
  name: 'mark-partitions',
  parts: ['meta'],
  allowOom: true,
  lua: lua`
${readArguments(OF)}
if not string.find(of, '${IS_DIVIDED}') or (#ARGV - ${lengthOf(OF)}) % ${lengthOf(MARK)} ~= 0 then return redis.error_reply('MQARGS marks are not right') end
local layout, left, stored = unpack(redis.call('HMGET', meta, 'layout', 'left', 'marks'))
local has = layout and string.find(layout, '${IS_DIVIDED}') and layout
local plain = not has and layout
if has ~= of then
  ${arrangeParts(refuseLayout('plain', 'queue', 'plain'))}return { has or '', 0, '0', '' }
end
${NOW}
if #ARGV > ${lengthOf(OF)} then
  local ats, untils = {}, {}
  for index, at, till in string.gmatch(stored or '', '(%d+):(%d+):(%d+)') do
    ats[tonumber(index)], untils[tonumber(index)] = tonumber(at), tonumber(till)
  end
  for i = ${lengthOf(OF) + 1}, #ARGV, ${lengthOf(MARK)} do
    ${readArguments(MARK, 'i')}
    if not (index and forMs and index >= 0 and index < ${MAX_PLACES} and index % 1 == 0 and forMs >= 1) then
      return redis.error_reply('MQARGS a mark is not right')
    end
    ats[index], untils[index] = now, math.max(now + forMs, untils[index] or 0)
  end
  local kept = {}
  for index = 0, ${MAX_PLACES - 1} do
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

export function markArguments(of: Layout, marks: readonly Mark[]): (string | number)[] {
  return [...argumentsOf(OF, { of: layoutText(of) }), ...marks.flatMap((mark) => argumentsOf(MARK, mark))]
}

export function parseMarks(reply: unknown): Marks {
  const [layout, released, time, stored] = reply as readonly [string, number, string, string]
  const now = Number(time)
  const marks = [...stored.matchAll(STORED)].map(([, index, at, until]) => ({
    index: Number(index),
    // The clock may have been set back.
    agoMs: Math.max(0, now - Number(at)),
    leftMs: Math.max(0, Number(until) - now),
  }))
  return {
    layout: parseLayout(layout),
    released: released === 1,
    marks: marks.filter(({ agoMs, leftMs }) => leftMs > 0 || agoMs < MARK_KEPT_MS),
  }
}
