import { definePart } from '../define-part.ts'
import type { Part } from '../define-part.ts'
import { lua } from '../lua.ts'
import { ID_KEPT_MS } from '@mq/core/adapter'
import { FORGET_FAILURES, FORGET_NOTES } from './forget.ts'
import { DIED_AT, trimDead } from './keep.ts'

/**
 * Lua about tasks that are over: what is kept of them, for how long, and who is notified.
 */

/**
 * A caller's id stays known for a minute after its task ended, and then
 * as long as its outcome is kept: it is looked at again every minute. Keys of a deduplication ("~key") end with their window.
 * Forgetting is paid by those who use ids, a few at a time.
 */
export const IDS: Part = definePart({
  name: 'IDS',
  needs: 'dead now keepLimits outcomeOf ended ids',
  gives: 'isKept forgetIds diedAt',
  lua: lua`${DIED_AT}local function isKept(n)
  return outcomeOf(n) or diedAt(n)
end
local function forgetIds(most)
  local old = redis.call('ZRANGEBYSCORE', ended, '-inf', now - ${ID_KEPT_MS}, 'LIMIT', 0, most)
  for i = 1, #old do
    local n, id = string.match(old[i], '^(%d+)|(.*)$')
    local known = n and redis.call('HGET', ids, id)
    local isOurs = known and string.match(known, '^%d+') == n
    if isOurs and string.sub(id, 1, 1) ~= '~' and isKept(n) then
      redis.call('ZADD', ended, now, old[i])
    else
      if isOurs then redis.call('HDEL', ids, id) end
      redis.call('ZREM', ended, old[i])
    end
  end
end
`,
})

/** `endId(n, id)`: the id's task ended. */
export const END_ID: Part = definePart({
  name: 'END_ID',
  needs: 'ended now forgetIds',
  gives: 'endId',
  lua: lua`
local function endId(n, id)
  redis.call('ZADD', ended, now, n .. '|' .. id)
  forgetIds(2)
end
`,
})

/**
 * `noteIds(owner, windowOf)`, once for a batch: what each id or key stands for from now on. `owner[id]` is { id, digest or "~", number,
 * window = ms }; `windowOf[id]` the number that bore the key before. A window that is replaced before its end would be noted until then.
 */
export const NOTE_IDS: Part = definePart({
  name: 'NOTE_IDS',
  needs: 'now ids ended',
  gives: 'noteIds',
  lua: lua`
local function noteIds(owner, windowOf)
  local known, windows, past = {}, {}, {}
  for id, own in pairs(owner) do
    local number, window = own[3], own.window
    known[#known + 1] = id
    known[#known + 1] = number .. '|' .. own[2] .. (window and string.format('%.0f', now + window) or '')
    if window then
      windows[#windows + 1] = string.format('%.0f', now + window - ${ID_KEPT_MS})
      windows[#windows + 1] = number .. '|' .. id
      if windowOf[id] then past[#past + 1] = windowOf[id] .. '|' .. id end
    end
  end
  if #known > 0 then redis.call('HSET', ids, unpack(known)) end
  if #past > 0 then redis.call('ZREM', ended, unpack(past)) end
  if #windows > 0 then redis.call('ZADD', ended, unpack(windows)) end
end
`,
})

/** Notifies each participant that awaits the end of task n; "n|state|endedAt|body". */
export const TELL_END: Part = definePart({
  name: 'TELL_END',
  needs: 'tell',
  gives: 'tellEnd',
  lua: lua`
local function tellEnd(topics, outcome)
  for topic in string.gmatch(topics, '[^,]+') do tell(topic, 'e', outcome) end
end
`,
})

/** The caller's own id in a record's header, or nil. */
export const OWN_ID: Part = definePart({
  name: 'OWN_ID',
  needs: '',
  gives: 'ownIdOf',
  lua: lua`
local function ownIdOf(record)
  local header = string.match(string.sub(record, 15), '^([^\\n]+)\\n')
  local readable, parsed = pcall(cjson.decode, header or '{}')
  return readable and type(parsed) == 'table' and type(parsed.id) == 'string' and parsed.id or nil
end
`,
})

/** As many as a call can bury, or they would become more and more. */
const MOST_TRIMMED = 2_000

/**
 * A grave: "failures|crashes|r|json of reason and detail", a tab and the errors of earlier attempts, a tab and its log, a newline, the record.
 * The first two where there are some. `bury(…)` answers its bytes; of a task whose record somebody deleted nothing is left to bury.
 */
export const BURY: Part = definePart({
  name: 'BURY',
  needs: 'tasks foreign whole failures crashes runs graves dead now keepLimits meta amount noteKept',
  gives: 'bury trimDead',
  lua: lua`
local function bury(n, charge, reasonAndDetail, log)
  local record = redis.call('HGET', tasks, n)
  if not record then
    foreign = foreign + 1
    return 0
  end
  local failed = whole(redis.call('HGET', failures, n))
  local facts = failed + charge .. '|' .. whole(redis.call('HGET', crashes, n)) .. '|' ..
    whole(redis.call('HGET', runs, n)) .. '|' .. reasonAndDetail
  local errors = failed > 0 and redis.call('HGET', failures, 'e' .. n)
  for _, text in ipairs({ errors or '', log or '' }) do
    if text ~= '' and not string.find(text, '\\n', 1, true) then facts = facts .. '\\t' .. text end
  end
  redis.call('HSET', graves, n, facts .. '\\n' .. record)
  redis.call('ZADD', dead, now, n)
  return #facts + 1 + #record
end
${trimDead(MOST_TRIMMED)}
`,
})

/** Those who await one of the tasks `over` are notified of its end, and wait no more. */
export const TELL_ENDS: Part = definePart({
  name: 'TELL_ENDS',
  needs: 'waiters over outcomes tellEnd',
  gives: '',
  lua: lua`
local topics, awaited = redis.call('HMGET', waiters, unpack(over)), {}
for i = 1, #over do
  if topics[i] then
    tellEnd(topics[i], outcomes[i])
    awaited[#awaited + 1] = over[i]
  end
end
if #awaited > 0 then redis.call('HDEL', waiters, unpack(awaited)) end
`,
})

/**
 * Tasks that no worker holds leave for
 * ever; those who await them are notified. At most 1,000.
 */
export const LEAVE: Part = definePart({
  name: 'LEAVE',
  needs: 'tasks runs crashes failures waiters ownIdOf endId tellEnd notes addEnd flow',
  gives: 'leave',
  lua: lua`
local function leave(over, records, outcomes)
  redis.call('HDEL', tasks, unpack(over))
  redis.call('HDEL', runs, unpack(over))
  redis.call('HDEL', crashes, unpack(over))
  ${FORGET_FAILURES}
  ${FORGET_NOTES}
  for i = 1, #over do
    local id = ownIdOf(records[i])
    if id then endId(over[i], id) end
    addEnd(id, outcomes[i])
  end
  flow.ended(over, outcomes)
  ${TELL_ENDS}
end
`,
})
