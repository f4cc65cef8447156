import { OUTCOME_PARTS, QUEUE_PARTS } from '../../keys.ts'
import { arrangeParts } from '../arrange-parts.ts'
import { definePart } from '../define-part.ts'
import type { Part } from '../define-part.ts'
import { BURY } from '../parts/endings.ts'
import { SKIP } from '../parts/foreign.ts'
import { defineScript } from '../../script.ts'
import { lua } from '../lua.ts'
import type { Script } from '../../script.ts'
import { enqueueLua } from './enqueue-lua.ts'
import { OLDEST_OF } from './key-capacity.ts'
import { FIRST_KEYED } from '../parts/key-places.ts'
import { PASS_BY } from '../parts/lines.ts'
import { MOST_SKIPPED } from '../parts/meta.ts'
import { Total } from '../parts/totals.ts'
import { KEEP_REPLACED, REPLACE, REPLACE_CHECK, REPLACE_PARTS, SUPERSEDE } from './replace.ts'

/** More than a call can add, so that a queue that grew beyond its bound comes back to it. */
const MOST_DISPLACED = 2_000

const DISPLACE_CHECK: Part = definePart({
  name: 'DISPLACE_CHECK',
  needs: `${REPLACE_CHECK.needs.join(' ')} moved`,
  gives: 'appendEnds',
  lua: lua`${REPLACE_CHECK}redis.call('HLEN', moved)
`,
})

/**
 * KEYS     all parts of the queue; those of its outcomes
 * ARGV     as of enqueue
 * RETURNS  as of enqueue
 * Takes every task, and buries the oldest that wait, lowest level first, of each key until no more of it wait than may; then of all, suspects first, until no more wait
 * than the capacity.
 * It also replaces.
 */
export const enqueueDisplacingScript: Script = defineScript({
  name: 'enqueue-displacing',
  parts: [...QUEUE_PARTS, ...OUTCOME_PARTS],
  allowOom: false,
  lua: enqueueLua({
    functions: arrangeParts(...REPLACE_PARTS, FIRST_KEYED, OLDEST_OF, PASS_BY, SKIP, BURY),
    check: DISPLACE_CHECK,
    replace: REPLACE,
    supersede: SUPERSEDE,
    displaces: true,
    act: lua`${KEEP_REPLACED}
  local hasNotes = redis.call('HLEN', notes) > 0
  local displaced, missing, strange, passed, buried = 0, 0, 0, 0, 0
  -- Answers how many.
  local function displace(ns)
    local found = #ns > 0 and redis.call('HMGET', tasks, unpack(ns))
    local over, itsRecords, outcomes = {}, {}, {}
    for i = 1, #ns do
      if not string.find(ns[i], '^%d+$') then
        strange = strange + 1
      elseif not found[i] then
        missing = missing + 1
      else
        buried = buried + bury(ns[i], 0, '["displaced",""]', hasNotes and redis.call('HGET', notes, 'l' .. ns[i]))
        over[#over + 1] = ns[i]
        itsRecords[#over] = found[i]
        outcomes[#over] = ns[i] .. '|D|' .. string.format('%.0f', now) .. '|["displaced",""]'
      end
    end
    for i = 1, hasKeys and #ns or 0 do leaveKey(ns[i], 'waiting') end
    if #over > 0 then leave(over, itsRecords, outcomes) end
    displaced = displaced + #over
    return #over
  end
  local boundOf = {}
  for i = 1, count do
    local its = keyOfTask[i]
    if its and its[3] and not fate[i] then boundOf[its[1]] = its[3] end
  end
  for id, bound in pairs(boundOf) do
    local excess = math.min(redis.call('ZLEXCOUNT', keyed, '[' .. id, '(' .. id .. ':') - bound, ${MOST_DISPLACED})
    while excess > 0 and missing + strange < ${MOST_SKIPPED} do
      local ns = standingIn(oldestOf(id, math.min(excess, 1000)))
      if #ns == 0 then break end
      displace(ns)
      excess = excess - #ns
    end
  end
  local excess = capacity and redis.call('HLEN', tasks) - redis.call('ZCARD', leases) - capacity or 0
  for level = 0, capacity and 9 or -1 do excess = excess - redis.call('ZCARD', KEYS[LATER + level]) end
  excess = math.min(excess, ${MOST_DISPLACED})
  for level = -1, hasKeys and 10 or 9 do
    local key = level < 0 and suspects or KEYS[READY + level]
    while excess > 0 and missing + strange + passed < ${MOST_SKIPPED} do
      local ns = level < 10 and redis.call('LPOP', key, math.min(excess, 1000))
      if level == 10 then ns = firstKeyed(math.min(excess, 1000)) end
      if not ns or #ns == 0 then break end
      if m[11] and level >= 0 and level < 10 then
        local kept = passBy(level, ns)
        passed, ns = passed + #ns - #kept, kept
      end
      excess = excess - displace(ns)
    end
  end
  saveKeys()
  skip(missing, strange)
  local letters = 0
  if displaced > 0 then
    letters = trimDead(buried)
    addTotals(${Total.dead}, displaced)
    redis.call('HSET', meta, 'displaced', whole(redis.call('HGET', meta, 'displaced')) + displaced)
  end
  if ends then appendEnds() end
  reportLater(letters)
`,
  }),
})
