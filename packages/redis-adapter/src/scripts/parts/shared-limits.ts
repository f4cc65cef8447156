/** Lua of the limits of a queue: what holds, and the state of the whole queue. */
import { MAX_GATHER_MS } from '@mq/core/adapter'
import { definePart } from '../define-part.ts'
import type { Part } from '../define-part.ts'
import { lua } from '../lua.ts'

/** No limits, as it is stored. */
export const NO_LIMITS = '- - - - - - - - -'
/** The longest hold, and what another program wrote beyond it, is none. */
export const MOST_HELD_MS = 400_000_000_000

/** From now on there are keys. */
export const NOTE_KEYS: string = lua`redis.call('HSET', meta, 'shared', string.match(m[14] or '', '^%d+ ') and string.gsub(m[14], '^(%d+) %S+', '%1 1') or '0 1 ${NO_LIMITS}')`

/**
 * `limitsIn(text)`: limits as they are stored, or nil where that is none: "concurrency count perMs burst", the same of each key, and 1 where a
 * retry holds its key; "-" for none.
 */
export const LIMITS_IN: Part = definePart({
  name: 'LIMITS_IN',
  needs: '',
  gives: 'limitsIn',
  lua: lua`
local function limitsIn(text)
  local numbers, count = {}, 0
  for word in string.gmatch(text or '', '%S+') do
    count = count + 1
    numbers[count] = #word < 12 and string.find(word, '^[1-9]%d*$') and tonumber(word) or false
    if not numbers[count] and word ~= '-' then return nil end
  end
  local function rateAt(at)
    local most, perMs, burst = numbers[at], numbers[at + 1], numbers[at + 2]
    if not (most or perMs or burst) then return false end
    if not (most and perMs and burst) or burst > most then return nil end
    local each = perMs / most
    local more = math.min(math.floor(${MAX_GATHER_MS} / each), math.ceil(burst / 2) - 1)
    return { each = each, slack = (burst - 1) * each, bucket = burst * each, gather = more * each }
  end
  if count ~= 9 then return nil end
  local rate, keyRate = rateAt(2), rateAt(6)
  if rate == nil or keyRate == nil then return nil end
  return { concurrency = numbers[1], rate = rate, keyConcurrency = numbers[5], keyRate = keyRate, holds = numbers[9] == 1 }
end
`,
})

/**
 * `m[14]`: "version, 1 where there are keys, limits". Gives what of it holds, and `pace`, the state of the whole queue: when the bucket of its rate
 * is full, until when it is held, the virtual time of whoever was served last, that of those without a key, and `retry`: where to go on looking at the keys
 * that are held back, since other limits hold, or ''.
 */
export const SHARED: Part = definePart({
  name: 'SHARED',
  needs: 'm meta now limitsIn',
  gives: 'version hasKeys caps isUnreadable pace boundPace',
  lua: lua`
local version, hasKeys, caps, isUnreadable = 0, false, limitsIn('${NO_LIMITS}'), false
if m[14] then
  local itsVersion, keysFlag, text = string.match(m[14], '^(%d+) ([01]) (.*)$')
  version = itsVersion and #itsVersion < 16 and tonumber(itsVersion) or 0
  -- Where it cannot be read there may be some.
  hasKeys = keysFlag ~= '0'
  local read = limitsIn(text)
  isUnreadable = not read
  caps = read or caps
end
local pace = {}
do
  local stored = m[14] and redis.call('HGET', meta, 'pace') or ''
  local full, held, virtual, plain, retry = string.match(stored, '^([%d.]+) (%d+) ([%d.]+) ([%d.]+) ?(%d*)$')
  local function bounded(text, most)
    local number = tonumber(text or '0') or 0
    return number <= most and number or 0
  end
  pace.full, pace.held = bounded(full, now + ${MOST_HELD_MS}), bounded(held, now + ${MOST_HELD_MS})
  pace.virtual, pace.plain = bounded(virtual, 1e15), bounded(plain, 1e15)
  pace.retry = retry and #retry < 21 and retry or ''
  pace.before = stored
end
-- No bucket is emptier than empty: another rate held, or the clock stepped back.
local function boundPace()
  if caps.rate then pace.full = math.min(pace.full, now + caps.rate.bucket) end
end
boundPace()
`,
})

/** `savePace()`, at the end. */
export const SAVE_PACE: Part = definePart({
  name: 'SAVE_PACE',
  needs: 'pace meta',
  gives: 'savePace',
  lua: lua`
local function savePace()
  local text = string.format('%.3f %.0f %.6f %.6f', pace.full, pace.held, pace.virtual, pace.plain) .. (pace.retry ~= '' and ' ' .. pace.retry or '')
  if text ~= pace.before then redis.call('HSET', meta, 'pace', text) end
end
`,
})

/** `isFree()`: whether the limits of the whole queue let one more through now; and when, or nil: once a task ends. */
export const QUEUE_FREE: Part = definePart({
  name: 'QUEUE_FREE',
  needs: 'caps pace now leases',
  gives: 'isFree',
  lua: lua`
local function isFree()
  if caps.concurrency and redis.call('ZCARD', leases) >= caps.concurrency then return false, nil end
  local at = math.max(pace.held, caps.rate and pace.full - caps.rate.slack or 0)
  return at <= now, at
end
`,
})
