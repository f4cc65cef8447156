/**
 * Lua about tasks that are over: what is kept of them, for how long, and who is told. As in `lua-parts.ts`, each part names
 * the locals that it uses.
 */

/** A power of two, at least the 10,000 results that are promised. */
export const RING_SIZE = 16_384
export const RESULT_KEPT_MS = 3_600_000

/** Where the outcome of task n is in `results`. */
export const SLOT: string = /* lua */ `
local function slotOf(n) return tonumber(n) % ${RING_SIZE} end
`

/** How long a caller's own id stands for its ended task, at the least. */
export const ID_KEPT_MS = 60_000

/**
 * Needs `ids`, `ended`, `results`, `dead`, `now`, SLOT. A caller's id stays known for a minute after its task ended, and then
 * as long as its outcome is kept: it is looked at again every minute. Keys of a deduplication ("~key") end with their window.
 * Forgetting is paid by those who use ids, a few at a time.
 */
export const IDS: string = /* lua */ `
local function isKept(n)
  local outcome = redis.call('HGET', results, slotOf(n))
  local kept, at = string.match(outcome or '', '^(%d+)|%a|(%d+)')
  return kept == n and now - at < ${RESULT_KEPT_MS} or redis.call('ZSCORE', dead, n)
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
local function endId(n, id)
  redis.call('ZADD', ended, now, n .. '|' .. id)
  forgetIds(2)
end
`

/** Results above this size are counted, and together they are at most so many bytes. */
const BULKY_FROM = 1_024
const BULKY_BYTES = 67_108_864

/**
 * Needs `results`, `bulky`, `meta`, COUNTERS, SLOT. The ring of outcomes: slot n mod size holds "n|state|endedAt|body", so that writing
 * needs no trimming and reading no index. Large bodies are also listed, oldest first, to bound their bytes.
 */
export const RING: string = /* lua */ `
local function boundBulky(n, size)
  redis.call('RPUSH', bulky, n .. ' ' .. size)
  local total = whole(redis.call('HGET', meta, 'bulkyBytes')) + size
  while total > ${BULKY_BYTES} do
    local old = redis.call('LPOP', bulky)
    local oldN, oldSize = string.match(old or '', '^(%d+) (%d+)$')
    if not oldN then total = 0 break end
    local kept = redis.call('HGET', results, slotOf(oldN))
    if kept and string.match(kept, '^%d+') == oldN then redis.call('HDEL', results, slotOf(oldN)) end
    total = math.max(0, total - tonumber(oldSize))
  end
  redis.call('HSET', meta, 'bulkyBytes', total)
end
local function isBulky(size) return size > ${BULKY_FROM} end
`

/** Needs `waiters`, TELL. Tells each participant that awaits the end of task n; "n|state|endedAt|body". */
export const TELL_END: string = /* lua */ `
local function tellEnd(topics, outcome)
  for topic in string.gmatch(topics, '[^,]+') do tell(topic, 'e', outcome) end
end
`

/** The caller's own id in a record's header, or nil. */
export const OWN_ID: string = /* lua */ `
local function ownIdOf(record)
  local header = string.match(string.sub(record, 15), '^([^\\n]+)\\n')
  local readable, parsed = pcall(cjson.decode, header or '{}')
  return readable and type(parsed) == 'table' and type(parsed.id) == 'string' and parsed.id or nil
end
`

/** How many dead letters are kept, and how long. */
const DEAD_KEPT = 10_000
const DEAD_KEPT_MS = 14 * 24 * 3_600_000
/** As many as a call can bury, or they would become more and more. */
const MOST_TRIMMED = 2_000

/** Needs `dead`, `graves`, `now`. At most 100 for their age, and `most` for their number, at a time. */
export const trimDead = (most: number): string => /* lua */ `local function trimDead()
  local old = redis.call('ZRANGEBYSCORE', dead, '-inf', now - ${DEAD_KEPT_MS}, 'LIMIT', 0, 100)
  local excess = redis.call('ZCARD', dead) - #old - ${DEAD_KEPT}
  if excess > 0 then
    local oldest = redis.call('ZRANGE', dead, #old, #old + math.min(excess, ${most}) - 1)
    for i = 1, #oldest do old[#old + 1] = oldest[i] end
  end
  if #old == 0 then return end
  redis.call('ZREM', dead, unpack(old))
  redis.call('HDEL', graves, unpack(old))
end`

/**
 * Needs `tasks`, `runs`, `crashes`, `failures`, `dead`, `graves`, `now`, COUNTERS. A grave: "failures|crashes|r|json of reason
 * and detail", a newline, the record.
 */
export const BURY: string = /* lua */ `
local function bury(n, charge, reasonAndDetail)
  local record = redis.call('HGET', tasks, n) or ''
  local facts = whole(redis.call('HGET', failures, n)) + charge .. '|' .. whole(redis.call('HGET', crashes, n)) .. '|' ..
    whole(redis.call('HGET', runs, n)) .. '|' .. reasonAndDetail
  redis.call('HSET', graves, n, facts .. '\\n' .. record)
  redis.call('ZADD', dead, now, n)
end
${trimDead(MOST_TRIMMED)}
`

/**
 * Needs `tasks`, `runs`, `crashes`, `failures`, `notes`, `waiters`, IDS, OWN_ID, TELL_END. Tasks that no worker holds leave for
 * ever; those who await them are told. At most 1,000.
 */
export const LEAVE: string = /* lua */ `
local function leave(over, records, outcomes)
  redis.call('HDEL', tasks, unpack(over))
  redis.call('HDEL', runs, unpack(over))
  redis.call('HDEL', crashes, unpack(over))
  redis.call('HDEL', failures, unpack(over))
  local topics, noted = redis.call('HMGET', waiters, unpack(over)), {}
  for i = 1, #over do
    noted[2 * i - 1] = over[i]
    noted[2 * i] = 'm' .. over[i]
    local id = ownIdOf(records[i])
    if id then endId(over[i], id) end
    if topics[i] then
      tellEnd(topics[i], outcomes[i])
      redis.call('HDEL', waiters, over[i])
    end
  end
  redis.call('HDEL', notes, unpack(noted))
end
`
