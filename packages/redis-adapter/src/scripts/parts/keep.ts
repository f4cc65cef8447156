/** Lua about what is kept of tasks that are over. */
import { definePart } from '../define-part.ts'
import type { Part } from '../define-part.ts'
import { lua } from '../lua.ts'
import { DEFAULT_KEEP } from '@mq/core/adapter'
import { REPORT_LATER } from './foreign.ts'
import type { Keep } from '@mq/core/adapter'

/** Every turn of a worker has the same bounds. */
const written = new WeakMap<Keep, string>()

/** As it is stored in `meta`, and passed with a turn. */
export function keepArgument(keep: Keep | undefined): string {
  if (keep === undefined) return ''
  let text = written.get(keep)
  if (text === undefined) {
    text = [keep.dead, keep.results]
      .map(({ maxAgeMs, maxCount, maxBytes }) => `${maxAgeMs} ${maxCount} ${maxBytes}`)
      .join(' ')
    written.set(keep, text)
  }
  return text
}

/** The bounds of an earlier call, where `m` has other fields than a queue's. */
export const STORED_KEEP = "redis.call('HGET', meta, 'keep')"

/**
 * `keepLimits()` answers six numbers: age, count and bytes of dead letters, then of results: those that came with the
 * call, or the stored ones of an earlier call. What somebody else wrote counts as the defaults. `noteKept(…)` writes fields of `meta`, and these bounds.
 */
export const keepLimits = (given = `''`, stored = 'm[8]'): Part =>
  definePart({
    name: 'keepLimits',
    needs: `${stored === STORED_KEEP ? 'meta' : 'm'}${given === `''` ? '' : ` ${given}`}`,
    gives: 'given keepLimits',
    lua: lua`
local given, limits = ${given}, nil
local function keepLimits()
  if limits then return limits end
  local text = given ~= '' and given or ${stored} or ''
  limits = {}
  for number in string.gmatch(text, '%d+') do limits[#limits + 1] = #number < 17 and tonumber(number) or nil end
  if #limits ~= 6 then limits = { ${keepArgument(DEFAULT_KEEP).replaceAll(' ', ', ')} } end
  return limits
end
`,
  })

/** A counter that may be large. What somebody else wrote counts as 0. */
export const AMOUNT: Part = definePart({
  name: 'AMOUNT',
  needs: '',
  gives: 'amount',
  lua: lua`
local function amount(text) return text and #text < 17 and string.find(text, '^%d+$') and tonumber(text) or 0 end
`,
})

/** `noteKept(…)` writes fields of `meta`, and the bounds that came with the call. */
export const NOTE_KEPT: Part = definePart({
  name: 'NOTE_KEPT',
  needs: 'meta given',
  gives: 'noteKept',
  lua: lua`
local function noteKept(...)
  if given ~= '' then redis.call('HSET', meta, 'keep', given, ...) else redis.call('HSET', meta, ...) end
end
`,
})

/** When n died; nil when it did not, or is beyond the age of dead letters. */
export const DIED_AT: Part = definePart({
  name: 'DIED_AT',
  needs: 'dead now keepLimits',
  gives: 'diedAt',
  lua: lua`
local function diedAt(n)
  local at = redis.call('ZSCORE', dead, n)
  return at and tonumber(at) > now - keepLimits()[1] and at or nil
end
`,
})

/** How task n ended, as "n|state|endedAt|body", or nil. */
export const OUTCOME: Part = definePart({
  name: 'OUTCOME',
  needs: 'results now keepLimits',
  gives: 'outcomeOf',
  lua: lua`
local function outcomeOf(n)
  local outcome = redis.call('HGET', results, n)
  local whose, at = string.match(outcome or '', '^(%d+)|%a|(%d+)')
  return whose == n and now - at < keepLimits()[4] and outcome or nil
end
`,
})

/** What KEEP_OUTCOMES goes by: READ_KEPT reads it, before the first write. */
export const KEPT: Part = definePart({
  name: 'KEPT',
  needs: '',
  gives: 'keptCount oldestRun',
  lua: lua`
local keptCount, oldestRun
`,
})

/** Before the first write. */
export const READ_KEPT: Part = definePart({
  name: 'READ_KEPT',
  needs: 'results keptCount order oldestRun',
  gives: '',
  lua: lua`
keptCount = redis.call('HLEN', results)
oldestRun = redis.call('LRANGE', order, 0, 0)[1]
`,
})

/**
 * `keepOutcomes(pairs)`: n, outcome, n, outcome … `order` holds the numbers as they ended, in
 * runs: a head "=count bytes at", then the numbers. The oldest run is dropped when what would be left is enough, so a run is at most
 * a tenth of the bounds. A call drops about twice as many as it adds, so a queue comes back to bounds that became smaller.
 */
export const KEEP_OUTCOMES: Part = definePart({
  name: 'KEEP_OUTCOMES',
  needs: 'keepLimits amount m now results order keptCount oldestRun foreign noteKept',
  gives: 'keepOutcomes',
  lua: lua`
local function keepOutcomes(pairs)
  local limit, last = keepLimits(), #pairs
  local mostCount, mostBytes = math.max(1, math.floor(limit[5] / 10)), limit[6] / 10
  local bytes = amount(m[9])
  local runs, head, count, size = {}, 1, 0, 0
  for i = 1, last, 2 do
    if count == 0 then
      head = #runs + 1
      runs[head] = ''
    end
    runs[#runs + 1] = pairs[i]
    count = count + 1
    size = size + #pairs[i + 1]
    if count >= mostCount or size >= mostBytes or i + 1 == last then
      runs[head] = '=' .. count .. ' ' .. size .. ' ' .. string.format('%.0f', now)
      bytes = bytes + size
      count, size = 0, 0
    end
  end
  redis.call('HSET', results, unpack(pairs))
  redis.call('RPUSH', order, unpack(runs))
  keptCount = keptCount + last / 2
  oldestRun = oldestRun or runs[1]
  local left = last + 100
  while left > 0 and oldestRun do
    local count, size, at = string.match(oldestRun, '^=(%d+) (%d+) (%d+)$')
    count = tonumber(count)
    if not count or count > 1000 then
      redis.call('LPOP', order)
      foreign = foreign + 1
      left = left - 1
    elseif keptCount - count >= limit[5] or bytes > limit[6] or now - at >= limit[4] then
      local ns = redis.call('LPOP', order, count + 1)
      if #ns > 1 then redis.call('HDEL', results, unpack(ns, 2)) end
      keptCount, bytes, left = keptCount - count, bytes - size, left - math.max(1, count)
    else
      break
    end
    oldestRun = redis.call('LRANGE', order, 0, 0)[1]
    if not oldestRun then bytes = 0 end
  end
  m[9] = string.format('%.0f', math.max(0, bytes))
  noteKept('keptBytes', m[9])
end
`,
})

/**
 * `trimDead(buried)`: `buried` bytes of graves were added; drops the oldest beyond the
 * bounds, `most` at a time for their age and as many for the others, and answers how many. A call adds no more than `most`.
 */
export const trimDead = (most: number): Part =>
  definePart({
    name: 'trimDead',
    needs: 'meta dead graves now keepLimits amount noteKept',
    gives: 'trimDead',
    lua: lua`
local function trimDead(buried)
  local limit = keepLimits()
  local known = redis.call('HMGET', meta, 'deadBytes', 'deadDropped')
  local bytes, dropped = amount(known[1]) + buried, amount(known[2])
  local old = redis.call('ZRANGEBYSCORE', dead, '-inf', now - limit[1], 'LIMIT', 0, ${most})
  local excess = math.min(redis.call('ZCARD', dead) - #old - limit[2], ${most})
  if excess > 0 then
    local oldest = redis.call('ZRANGE', dead, #old, #old + excess - 1)
    for i = 1, #oldest do old[#old + 1] = oldest[i] end
  end
  local function isTooMuch() return bytes > limit[3] and #old < ${2 * most} end
  for i = 1, #old do bytes = bytes - redis.call('HSTRLEN', graves, old[i]) end
  while isTooMuch() do
    local oldest = redis.call('ZRANGE', dead, #old, #old + 9)
    if #oldest == 0 then bytes = 0 end
    for i = 1, #oldest do
      if not isTooMuch() then break end
      old[#old + 1] = oldest[i]
      bytes = bytes - redis.call('HSTRLEN', graves, oldest[i])
    end
  end
  if #old > 0 then
    redis.call('ZREM', dead, unpack(old))
    redis.call('HDEL', graves, unpack(old))
  end
  noteKept('deadBytes', string.format('%.0f', math.max(0, bytes)), 'deadDropped', string.format('%.0f', dropped + #old))
  return #old
end
`,
  })

/** So many bytes of graves are gone, otherwise than for a bound. */
export const LIFT_DEAD: Part = definePart({
  name: 'LIFT_DEAD',
  needs: 'dead amount meta',
  gives: 'liftDead',
  lua: lua`
local function liftDead(bytes)
  local left = redis.call('ZCARD', dead) > 0 and amount(redis.call('HGET', meta, 'deadBytes')) - bytes or 0
  redis.call('HSET', meta, 'deadBytes', string.format('%.0f', math.max(0, left)))
end
`,
})

/**
 * `dropOld()`, the first write of whoever looks at dead letters: those beyond their age are
 * dropped, a thousand in a call, for the next turn to report. `countDead()`: those that are not beyond it. Also DIED_AT.
 */
export const DROP_OLD: Part = definePart({
  name: 'DROP_OLD',
  needs: 'foreign meta amount dead now keepLimits graves noteKept',
  gives: 'dropOld countDead diedAt',
  lua: lua`${REPORT_LATER}${DIED_AT}${trimDead(1_000)}
local function dropOld()
  local oldest = redis.call('ZRANGE', dead, 0, 0, 'WITHSCORES')
  if not oldest[1] or diedAt(oldest[1]) then return end
  redis.call('HLEN', graves)
  reportLater(trimDead(0))
end
local function countDead() return redis.call('ZCOUNT', dead, string.format('(%.0f', now - keepLimits()[1]), '+inf') end
`,
})
