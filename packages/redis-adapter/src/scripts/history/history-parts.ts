/** Lua that writes and reads the history of a queue. What somebody else wrote there counts as nothing. */
import { BUCKETS, BYTES, RECORD_LENGTH, TENS } from '@mq/core/adapter'
import { definePart } from '../define-part.ts'
import type { Part } from '../define-part.ts'
import { lua } from '../lua.ts'

/** Before a record that does not follow on the one before it: the number of its period, in two bytes. */
export const AGES = 65_536
/** A record whose number is a multiple of it bears it, too, so that a page need not be read from the first one on. */
export const NUMBERED_EACH = 64

/**
 * `placed(number, record)`: an entry with its number. `placeOf(entry, before)`: the number modulo `AGES` of the period
 * of an entry, where that of the entry before is known, or it bears its own; else nil.
 */
export const PLACES: Part = definePart({
  name: 'PLACES',
  needs: '',
  gives: 'placed placeOf',
  lua: lua`
local function placed(number, record)
  return string.char(math.floor(number / 256) % 256, number % 256) .. record
end
local function placeOf(entry, before)
  if #entry == ${RECORD_LENGTH} then return before and (before + 1) % ${AGES} end
  if #entry ~= ${RECORD_LENGTH + 2} then return nil end
  local high, low = string.byte(entry, 1, 2)
  return high * 256 + low
end
`,
})

/** A count of a bucket beyond it counts as it, so that what is open has a bound. */
export const MOST_COUNTED = 999_999_999

/** The fields of `samples`: what is open, at what the counts stood, and which periods were written last. */
export const OPEN_FIELDS = [
  'tick',
  'tickBase',
  'waits',
  'runs',
  'depth',
  'last',
  'hour',
  'hourBase',
  'hourWaits',
  'hourRuns',
  'hourMost',
  'window',
  'windowBase',
  'windowWaits',
  'windowRuns',
  'lastTick',
  'lastHour',
] as const

/** `o`: by name. Numbers of periods are numbers, or nil. */
export const OPEN: Part = definePart({
  name: 'OPEN',
  needs: 'samples',
  gives: 'o',
  lua: lua`
local o = {}
do
  local names = { ${OPEN_FIELDS.map((field) => `'${field}'`).join(', ')} }
  local values = redis.call('HMGET', samples, unpack(names))
  for i = 1, #names do o[names[i]] = values[i] or nil end
  for _, name in ipairs({ 'tick', 'hour', 'window', 'lastTick', 'lastHour' }) do
    local text = o[name]
    o[name] = text and #text < 13 and string.find(text, '^%d+$') and tonumber(text) or nil
  end
end
`,
})

/** Lists of whole numbers: `numbers(text, count)` reads at least `count` of them, and `listed(…)` writes them. */
export const NUMBERS: Part = definePart({
  name: 'NUMBERS',
  needs: '',
  gives: 'numbers listed',
  lua: lua`
local function numbers(text, count)
  local found = {}
  for digits in string.gmatch(text or '', '[^,]+') do
    found[#found + 1] = #digits < 17 and string.find(digits, '^%d+$') and tonumber(digits) or 0
  end
  for i = #found + 1, count do found[i] = 0 end
  return found
end
local function listed(values)
  local texts = {}
  for i = 1, #values do texts[i] = string.format('%.0f', values[i]) end
  return table.concat(texts, ',')
end
`,
})

/**
 * Counts by bucket, as text "bucket:count,count,…", where a count without a bucket is of the next one:
 * `addCounts(counts, text)`, `countsText(counts)`.
 */
export const COUNTS: Part = definePart({
  name: 'COUNTS',
  needs: '',
  gives: 'addCounts countsText',
  lua: lua`
local function addCounts(counts, text)
  local bucket = ${BUCKETS}
  for digits, colon in string.gmatch(text or '', '(%d+)(:?)') do
    if colon == ':' then
      bucket = tonumber(digits)
    elseif bucket < ${BUCKETS} then
      if #digits < 14 then counts[bucket] = math.min(${MOST_COUNTED}, (counts[bucket] or 0) + tonumber(digits)) end
      bucket = bucket + 1
    end
  end
  return counts
end
local function countsText(counts)
  local texts, before = {}, -2
  for bucket = 0, ${BUCKETS - 1} do
    local count = counts[bucket]
    if count then
      local text = string.format('%.0f', count)
      texts[#texts + 1] = bucket == before + 1 and text or bucket .. ':' .. text
      before = bucket
    end
  end
  return table.concat(texts, ',')
end
`,
})

/**
 * `recordOf(depth, base, last, waits, runs)`: `encodeRecord` of core; '' where nothing was there and nothing happened.
 */
export const RECORD: Part = definePart({
  name: 'RECORD',
  needs: '',
  gives: 'recordOf',
  lua: lua`
local function code(value, most, factor)
  return value > 0 and math.min(most, math.floor(math.log(1 + value) * factor + 0.5)) or 0
end
local function ten(value) return code(value, ${TENS.most}, ${TENS.factor}) end
local function byte(value) return code(value, ${BYTES.most}, ${BYTES.factor}) end
local function percentiles(counts)
  local total = 0
  for bucket = 0, ${BUCKETS - 1} do total = total + (counts[bucket] or 0) end
  if total == 0 then return 0, 0, 0 end
  local found, sum, bucket = {}, 0, -1
  for i, part in ipairs({ 0.5, 0.95, 0.99 }) do
    local rank = math.ceil(total * part)
    while sum < rank do
      bucket = bucket + 1
      sum = sum + (counts[bucket] or 0)
    end
    found[i] = bucket + 1
  end
  return unpack(found)
end
local function recordOf(depth, base, last, waits, runs)
  local enqueued, completed, failed = last[1] - base[1], last[2] - base[2], last[3] - base[3]
  local w50, w95, w99 = percentiles(waits)
  local r50, r95, r99 = percentiles(runs)
  if math.max(enqueued, completed, failed, w50, r50, unpack(depth)) <= 0 then return '' end
  local head = ((ten(depth[1]) + 1) * 1024 + ten(enqueued)) * 1048576 + ten(completed) * 1024 + ten(failed)
  local bytes = {}
  for i = 5, 1, -1 do
    bytes[i] = head % 256
    head = math.floor(head / 256)
  end
  return string.char(bytes[1], bytes[2], bytes[3], bytes[4], bytes[5], byte(depth[2]), byte(depth[3]), byte(depth[4]),
    w50, w95, w99, r50, r95, r99)
end
`,
})
