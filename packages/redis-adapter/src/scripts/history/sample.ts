import type { SampleCount, WorkSample } from '@mq/core/adapter'
import { HOUR_MS, KEPT_HOURS, KEPT_TICKS, MOST_AHEAD_MS, RECORD_LENGTH, TICK_MS, WINDOW_MS } from '@mq/core/adapter'
import { argumentsOf, readArguments } from '../arguments.ts'
import { arrangeParts } from '../arrange-parts.ts'
import { lua } from '../lua.ts'
import { AMOUNT } from '../parts/keep.ts'
import { NOW, refuseLayout } from '../parts/meta.ts'
import { Total } from '../parts/totals.ts'
import { defineScript } from '../../script.ts'
import type { Script } from '../../script.ts'
import { AGES, COUNTS, MOST_COUNTED, NUMBERED_EACH, NUMBERS, OPEN, PLACES, RECORD } from './history-parts.ts'

/** As `COUNTS` reads it, each. */
const SAMPLE = { newWaits: 'text', newRuns: 'text' } as const

/** The first report of a worker comes when it begins, and the next one within this time, ms. */
const YOUNG_MS = 20_000
/** Old records that one call drops: more than it adds. */
const DROPPED_AT_ONCE = 8

/**
 * KEYS     meta tasks later×10 leases dead samples ticks hours
 * ARGV     SAMPLE
 * RETURNS  1, or 0 where the queue was never used, and nothing is written
 * A worker's report. Where it begins a new period of 10 s, the one before is written to `ticks`, and with a new hour that to `hours`. O(1).
 */
export const sampleScript: Script = defineScript({
  name: 'sample',
  parts: ['meta', 'tasks', 'later', 'leases', 'dead', 'samples', 'ticks', 'hours'],
  allowOom: false,
  lua: lua`
${readArguments(SAMPLE)}
if not newRuns then return redis.error_reply('MQARGS a sample is not right') end
local m = redis.call('HMGET', meta, 'layout', 'completed', 'totals', 'levels', 'n')
${refuseLayout('m[1]', 'queue', 'm')}-- A queue that nobody used.
if not m[1] then return 0 end
${arrangeParts(NOW, AMOUNT, OPEN, NUMBERS, COUNTS, RECORD, PLACES)}
local there, delayed, running = redis.call('HLEN', tasks), 0, redis.call('ZCARD', leases)
for level in string.gmatch(m[4] or '', '%d') do delayed = delayed + redis.call('ZCARD', KEYS[LATER + level]) end
local depth = { math.max(0, there - delayed - running), delayed, running, redis.call('ZCARD', dead) }
local lengths = { [ticks] = redis.call('LLEN', ticks), [hours] = redis.call('LLEN', hours) }
local t = numbers(m[3], 6)
local completed = amount(m[2])
local enqueued = there + completed + t[${Total.dead}] + t[${Total.expired}] + t[${Total.cancelled}] - t[${Total.redriven}]
local counts = { math.max(0, enqueued), completed, t[${Total.failed}], now }

local tick = math.floor(now / ${TICK_MS})
if o.tick and o.tick * ${TICK_MS} > now + ${MOST_AHEAD_MS} then
  redis.call('UNLINK', samples, ticks, hours)
  o = {}
end
local write = { 'depth', listed(depth), 'last', listed(counts) }
local function set(name, value)
  write[#write + 1] = name
  write[#write + 1] = type(value) == 'number' and string.format('%.0f', value) or value
end
local function begin(name, number, base)
  set(name, number)
  set(name .. 'Base', listed(base))
end
local function push(key, name, last, number, kept, record)
  if record == '' or (last and number <= last) then return end
  if last and number - last >= kept then
    redis.call('UNLINK', key)
  elseif last then
    local old, place, head = 0, nil, redis.call('LRANGE', key, 0, ${DROPPED_AT_ONCE})
    for i = 1, #head do
      place = placeOf(head[i], place)
      if i > ${DROPPED_AT_ONCE} or place and number - last + (last - place) % ${AGES} < kept then break end
      old = i
    end
    if old > 0 then
      local first = head[old + 1]
      local isPlain = first and place and #first == ${RECORD_LENGTH}
      redis.call('LPOP', key, isPlain and old + 1 or old)
      if isPlain then redis.call('LPUSH', key, placed(place, first)) end
    end
  end
  local follows = last and number == last + 1 and number % ${NUMBERED_EACH} ~= 0 and lengths[key] > 0
  redis.call('RPUSH', key, follows and record or placed(number, record))
  set(name, number)
end

if not o.tick then
  -- Numbers of tasks begin at the time of the first one: all that a young queue counted is of these seconds.
  local madeAt = math.floor((amount(m[5]) - counts[1]) / 1000)
  local base = now - madeAt < ${YOUNG_MS} and { 0, 0, 0, math.min(madeAt, now) } or counts
  begin('tick', tick, base)
  begin('window', math.floor(now / ${WINDOW_MS}), base)
  begin('hour', math.floor(now / ${HOUR_MS}), base)
elseif tick > o.tick then
  local last, was = numbers(o.last, 4), numbers(o.depth, 4)
  push(ticks, 'lastTick', o.lastTick, o.tick, ${KEPT_TICKS},
    recordOf(was, numbers(o.tickBase, 4), last, addCounts({}, o.waits), addCounts({}, o.runs)))
  begin('tick', tick, last)
  local hour, window = math.floor(now / ${HOUR_MS}), math.floor(now / ${WINDOW_MS})
  local hourWaits, hourRuns = addCounts(addCounts({}, o.hourWaits), o.waits), addCounts(addCounts({}, o.hourRuns), o.runs)
  local most = numbers(o.hourMost, 4)
  for i = 1, 4 do most[i] = math.max(most[i], was[i]) end
  if not o.hour or hour > o.hour then
    if o.hour then
      push(hours, 'lastHour', o.lastHour, o.hour, ${KEPT_HOURS}, recordOf(most, numbers(o.hourBase, 4), last, hourWaits, hourRuns))
    end
    begin('hour', hour, last)
    hourWaits, hourRuns, most = {}, {}, { 0, 0, 0, 0 }
  end
  set('hourWaits', countsText(hourWaits))
  set('hourRuns', countsText(hourRuns))
  set('hourMost', listed(most))
  local windowWaits = countsText(addCounts(addCounts({}, o.windowWaits), o.waits))
  local windowRuns = countsText(addCounts(addCounts({}, o.windowRuns), o.runs))
  if not o.window or window > o.window then
    set('before', o.window or 0)
    set('beforeBase', o.windowBase or '')
    set('beforeWaits', windowWaits)
    set('beforeRuns', windowRuns)
    begin('window', window, o.window and window > o.window + 1 and counts or last)
    windowWaits, windowRuns = '', ''
  end
  set('windowWaits', windowWaits)
  set('windowRuns', windowRuns)
  o.waits, o.runs = nil, nil
end
set('waits', o.waits and countsText(addCounts(addCounts({}, o.waits), newWaits)) or newWaits)
set('runs', o.runs and countsText(addCounts(addCounts({}, o.runs), newRuns)) or newRuns)
redis.call('HSET', samples, unpack(write))
return 1
`,
})

export function sampleArguments({ waits, runs }: WorkSample): (string | number)[] {
  return argumentsOf(SAMPLE, { newWaits: countsText(waits), newRuns: countsText(runs) })
}

function countsText(counts: readonly SampleCount[]): string {
  let before = -2
  const texts = counts.map(([bucket, count]) => {
    const isNext = bucket === before + 1
    before = bucket
    return `${isNext ? '' : `${bucket}:`}${Math.min(MOST_COUNTED, count)}`
  })
  return texts.join(',')
}
