import { definePart } from '../define-part.ts'
import type { Part } from '../define-part.ts'
import { lua } from '../lua.ts'

/**
 * Lua that the publishing scripts share. A publish that was answered is answered
 * again; one that came before its predecessor, which was sent and then has to be sent again (the server did not know its script, a
 * cluster's client held it back), is answered nil: nothing was done.
 */
export const PUBLISHED: Part = definePart({
  name: 'PUBLISHED',
  needs: 'publishers publisher after number',
  gives: 'last lastText lastPlace',
  lua: lua`
local last = redis.call('HGET', publishers, publisher)
local lastText, lastPlace = string.match(last or '', after > 0 and '^(%d+)|%d+(|%d+|%d+)' or '^(%d+)')
local lastNumber = tonumber(lastText) or 0
if lastNumber >= number then
  local epoch, n, rest = string.match(last, '^%d+|%d+|(%d+)|(%d+)(.*)$')
  if lastNumber == number then return { epoch, n } end
  local earlier, earlierEpoch, earlierN = string.match(rest or '', '^|(%d+)|(%d+)|(%d+)$')
  if tonumber(earlier) == number then return { earlierEpoch, earlierN } end
  return redis.error_reply('MQSTALE a newer publish was answered')
end
if lastNumber < after then return false end
`,
})

/**
 * `n` is a local with a text. Notes what to answer to a repetition. Of two that were under way at
 * once both are noted, since a client that sends again by itself sends both. Not a function: each publish would pay a tenth of a microsecond.
 */
export const notePublish = (n: string): Part =>
  definePart({
    name: 'notePublish',
    needs: `publishers publisher number now epoch ${n} last lastText lastPlace forgetLanes`,
    gives: '',
    lua: lua`
redis.call('HSET', publishers, publisher, string.format('%.0f|%.0f|', number, now) .. epoch .. '|' .. ${n} ..
  (lastPlace and '|' .. lastText .. lastPlace or ''))
if not last then forgetLanes(publishers) end
`,
  })
