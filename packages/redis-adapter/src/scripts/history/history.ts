import type { HistoryPage, HistoryPoint, HistoryQuery } from '@mq/core/adapter'
import { decodeRecord, HOUR_MS, KEPT_HOURS, KEPT_TICKS, RECORD_LENGTH, TICK_MS } from '@mq/core/adapter'
import { argumentsOf, readArguments } from '../arguments.ts'
import { arrangeParts } from '../arrange-parts.ts'
import { lua } from '../lua.ts'
import { NOW, REFUSE_LAYOUT } from '../parts/meta.ts'
import { defineScript } from '../../script.ts'
import type { Script } from '../../script.ts'
import { AGES, COUNTS, NUMBERED_EACH, NUMBERS, OPEN, PLACES, RECORD } from './history-parts.ts'

const PAGE = { isHourly: 'flag', skip: 'number', limit: 'number' } as const

/** Of what a reply has, bytes from the first on are two characters, so that all is ASCII: a client reads UTF-8. */
const FIRST_HIGH = 126
const SECOND_HIGH = 190

/**
 * KEYS     meta samples ticks hours
 * ARGV     PAGE
 * RETURNS  {now, number of the newest record or -1, records from the oldest to the newest, how many there are, number of the period that is
 *          open or -1, its record or ''}
 * O(limit), where the page is near the end, as all that is kept is.
 */
export const historyScript: Script = defineScript({
  name: 'history',
  parts: ['meta', 'samples', 'ticks', 'hours'],
  allowOom: true,
  lua: lua`
${readArguments(PAGE)}
if not (skip and skip >= 0 and limit and limit >= 1 and limit <= 1000) then
  return redis.error_reply('MQARGS a page is not right')
end
${arrangeParts(NOW, REFUSE_LAYOUT, OPEN, NUMBERS, COUNTS, RECORD, PLACES)}
local function whole(number) return string.format('%.0f', number or -1) end
local key = isHourly and hours or ticks
-- Back to the record before the page that bears its number.
local length, some = redis.call('LLEN', key), {}
local entries = redis.call('LRANGE', key, -skip - limit - ${NUMBERED_EACH - 1}, -skip - 1)
local extra, place = #entries - math.min(limit, math.max(0, length - skip)), nil
for i = 1, #entries do
  place = placeOf(entries[i], place)
  if place and i > extra then some[#some + 1] = placed(place, string.sub(entries[i], ${-RECORD_LENGTH})) end
end
local high = {}
for byte = ${FIRST_HIGH}, 255 do
  local second = byte >= ${SECOND_HIGH}
  high[string.char(byte)] = string.char(second and 127 or 126, byte - (second and ${SECOND_HIGH} or ${FIRST_HIGH}))
end
local function ascii(text) return (string.gsub(text, '[\\126-\\255]', high)) end
local open, last, depth = '', numbers(o.last, 4), numbers(o.depth, 4)
local number = isHourly and o.hour or o.tick
if skip == 0 and number then
  local waits, runs, base = addCounts({}, o.waits), addCounts({}, o.runs), numbers(isHourly and o.hourBase or o.tickBase, 4)
  if isHourly then
    addCounts(waits, o.hourWaits)
    addCounts(runs, o.hourRuns)
    local most = numbers(o.hourMost, 4)
    for i = 1, 4 do depth[i] = math.max(most[i], depth[i]) end
  end
  open = recordOf(depth, base, last, waits, runs)
end
return { now, whole(isHourly and o.lastHour or o.lastTick), ascii(table.concat(some)), length, whole(number), ascii(open) }
`,
})

export function historyArguments({ resolution, skip, limit }: HistoryQuery): (string | number)[] {
  return argumentsOf(PAGE, { isHourly: resolution === '1h', skip, limit })
}

export function parseHistory(reply: unknown, { resolution, skip, limit }: HistoryQuery): HistoryPage {
  const [readAt, last, records, count, open, openRecord] = reply as [number, string, string, number, string, string]
  const ms = resolution === '1h' ? HOUR_MS : TICK_MS
  const [text, newest] = [bytesOf(records), Number(last)]
  const oldest = Math.max(0, Math.floor(readAt / ms) - (resolution === '1h' ? KEPT_HOURS : KEPT_TICKS))
  const points: HistoryPoint[] = []
  const add = (number: number, record: string): void => {
    const point = decodeRecord(number * ms, record)
    if (point !== undefined && number >= oldest) points.push(point)
  }
  if ((Number(open) + 1) * ms <= readAt) add(Number(open), bytesOf(openRecord))
  for (let at = text.length - RECORD_LENGTH - 2; at >= 0; at -= RECORD_LENGTH + 2) {
    const low = text.charCodeAt(at) * 256 + text.charCodeAt(at + 1)
    add(newest - ((((newest - low) % AGES) + AGES) % AGES), text.slice(at + 2, at + 2 + RECORD_LENGTH))
  }
  return { points, more: skip + limit < count }
}

/** A character below 256 for each byte. */
function bytesOf(text: string): string {
  return text.replaceAll(/[\u007e\u007f]([^])/g, (pair, second: string) =>
    String.fromCharCode(second.charCodeAt(0) + (pair.startsWith('\u007f') ? SECOND_HIGH : FIRST_HIGH)),
  )
}
