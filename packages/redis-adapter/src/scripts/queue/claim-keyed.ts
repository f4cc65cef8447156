/** Lua of a claim where tasks have keys, or limits hold: who is served, one after the other. */
import { definePart } from '../define-part.ts'
import type { Part } from '../define-part.ts'
import { PASS_BY } from '../parts/lines.ts'
import { MOST_SKIPPED } from '../parts/meta.ts'
import { FADING, FULL } from '../parts/keys.ts'
import { lua } from '../lua.ts'
import { MOST, PROMOTE_KEYED } from './promote-keyed.ts'

/** Keys in one call: whose time has come; that are looked at again; of the ring, that turn out to be held back. */
const MOST_LOOKED_AT = 250
/** Suspects whose key may be held, in one call. */
const MOST_SUSPECTS = 1_000

/**
 * The keys of the ring in turn, and those without a key as one more. A key is read from the ring once for as many as are wanted; what changes there is written
 * before more of it is read.
 */
const SERVE: Part = definePart({
  name: 'SERVE',
  needs:
    'most count taken records scored deadline bytes cut missing strange passed setAside levels m hasRuns suspectFrom suspects tasks runs crashes whole maxBytes READY moved meta places keyed ring paced caps pace now stateOf isFull freeOf entriesOf readStates inPieces changed readPlace',
  gives: '',
  lua: lua`
  local heads, head, isAll, cursors = {}, 1, false, {}
  local moves, leaves, waits, removed = {}, {}, {}, {}
  local function flush()
    inPieces(removed, 1000, 'ZREM', keyed)
    inPieces(moves, 1000, 'ZADD', ring)
    inPieces(leaves, 1000, 'ZREM', ring)
    inPieces(waits, 1000, 'ZADD', paced)
    -- What was read of a key is read again, so that this is O(1) for each.
    cursors = {}
    moves, leaves, waits, removed = {}, {}, {}, {}
  end
  local function read()
    flush()
    local some = most - count
    local flat = redis.call('ZRANGE', ring, 0, some - 1, 'WITHSCORES')
    heads, head, isAll = {}, 1, #flat < 2 * some
    local whose = {}
    for i = 1, #flat, 2 do
      heads[i / 2 + 0.5] = { flat[i], math.max(tonumber(flat[i + 1]), pace.virtual) }
      whose[i / 2 + 0.5] = flat[i]
    end
    readStates(whose)
  end
  local function peek(id)
    local cursor = cursors[id]
    if not cursor then
      cursor = { list = {}, at = 1, used = 0, size = 2 }
      cursors[id] = cursor
    end
    if cursor.at > #cursor.list and not cursor.isEnd then
      cursor.list, cursor.at = entriesOf(id, cursor.used, cursor.size), 1
      cursor.isEnd = #cursor.list < cursor.size
      cursor.size = math.min(1000, 4 * cursor.size)
    end
    return cursor.list[cursor.at], cursor
  end
  -- The key comes again when those before it were served; beyond what was read of the ring it is read again.
  local function comeAgain(id, at)
    moves[#moves + 1] = string.format('%.6f', at)
    moves[#moves + 1] = id
    local last = heads[#heads]
    if not isAll and (head > #heads or at > last[2]) then return end
    local low, high = head, #heads + 1
    while low < high do
      local middle = math.floor((low + high) / 2)
      if heads[middle][2] <= at then low = middle + 1 else high = middle end
    end
    table.insert(heads, low, { id, at })
  end
  -- Out of the ring, until its limits let the next one through.
  local function leave(id, state, place)
    leaves[#leaves + 1] = id
    if place then
      waits[#waits + 1] = isFull(state) and '${FULL}' or string.format('%.3f', freeOf(state))
      waits[#waits + 1] = id
    end
  end
  local function take(n, record)
    count = count + 1
    taken[count] = n .. (hasRuns and '#' .. whole(redis.call('HGET', runs, n)) or '#0')
    records[count] = record
    scored[2 * count - 1] = deadline
    scored[2 * count] = taken[count]
    bytes = bytes + #record
  end
  local function fits(record)
    if count > 0 and bytes + #record > maxBytes then cut = true end
    return not cut
  end
  local function isSuspect(n) return hasRuns and suspectFrom and whole(redis.call('HGET', crashes, n)) >= suspectFrom end
  local function lease(id, state)
    state.running = state.running + 1
    if caps.keyRate then state.full = math.max(state.full, now) + caps.keyRate.each end
    changed[id] = true
  end

  -- A suspect that is set aside counts for its key already.
  local aside = hasRuns and not suspectFrom and redis.call('LRANGE', suspects, 0, ${MOST_SUSPECTS - 1}) or {}
  if #aside > 0 then
    local itsPlaces, whose, passedBy, stopped = redis.call('HMGET', places, unpack(aside)), {}, 0, false
    for i = 1, #aside do
      whose[i] = readPlace(itsPlaces[i]) or ''
    end
    readStates(whose)
    for i = 1, #aside do
      local n, id = aside[i], whose[i] ~= '' and whose[i]
      if count == most or cut then
        stopped = true
        break
      elseif id and freeOf(stateOf(id)) > now then
        passedBy = passedBy + 1
      else
        local record = redis.call('HGET', tasks, n)
        if not record or fits(record) then
          local key = suspects
          redis.call('LREM', key, 1, n)
          if record then take(n, record) else missing = missing + 1 end
          if id and record then
            stateOf(id).running = stateOf(id).running - 1
            lease(id, stateOf(id))
          end
        end
      end
    end
    -- All of them are of keys that are held: the next claim looks at those behind them.
    if not stopped and passedBy == ${MOST_SUSPECTS} then
      local key = suspects
      redis.call('RPUSH', key, unpack(redis.call('LPOP', key, ${MOST_SUSPECTS})))
    end
  end

  local function popPlain()
    for at = 1, #levels do
      local level = string.byte(levels, at) - 48
      while passed + missing + strange < ${MOST_SKIPPED} do
        local ns = redis.call('LPOP', KEYS[READY + level], 1)
        if not ns then break end
        if m[11] then
          ${PASS_BY}
          local kept = passBy(level, ns)
          passed, ns = passed + 1 - #kept, kept
        end
        local n = ns[1]
        local record = n and redis.call('HGET', tasks, n)
        if record and string.find(n, '^%d+$') then return n, record, level end
        if n and string.find(n, '^%d+$') then missing = missing + 1 elseif n then strange = strange + 1 end
      end
    end
  end
  local plainLeft, left = true, 0
  if pace.plain < pace.virtual then pace.plain = pace.virtual + 1 end
  while count < most and not cut and passed + missing + strange < ${MOST_SKIPPED} do
    if head > #heads and not isAll then read() end
    local next = heads[head]
    if plainLeft and not (next and next[2] < pace.plain) then
      local n, record, level = popPlain()
      if not n then
        plainLeft = false
      elseif isSuspect(n) then
        redis.call('RPUSH', suspects, n)
        passed, setAside = passed + 1, true
      elseif fits(record) then
        take(n, record)
        pace.virtual = math.max(pace.virtual, pace.plain)
        pace.plain = pace.virtual + 1
      else
        redis.call('LPUSH', KEYS[READY + level], n)
      end
    elseif not next then
      break
    elseif left == ${MOST_LOOKED_AT} then
      -- The others are looked at by the next turn, which comes at once.
      cut, passed = true, passed + ${MOST_SKIPPED}
    else
      local id, at = next[1], next[2]
      local state, place, cursor = stateOf(id), peek(id)
      head = head + 1
      local _, _, _, n, weight = readPlace(place)
      if not place or isFull(state) or freeOf(state) > now then
        leave(id, state, place)
        left = left + 1
      else
        local record = n and redis.call('HGET', tasks, n)
        local aside = record and isSuspect(n)
        if record and not aside and not fits(record) then break end
        cursor.at, cursor.used = cursor.at + 1, cursor.used + 1
        removed[#removed + 1] = place
        if not record then
          -- Somebody deleted it, or wrote what is no place.
          if n then redis.call('HDEL', places, n) end
          strange = strange + 1
        elseif aside then
          redis.call('RPUSH', suspects, n)
          state.running = state.running + 1
          changed[id] = true
          passed, setAside = passed + 1, true
        else
          take(n, record)
          lease(id, state)
          pace.virtual = math.max(pace.virtual, at)
          at = pace.virtual + 1 / weight
        end
        if peek(id) and not isFull(state) and freeOf(state) <= now then
          comeAgain(id, at)
        else
          leave(id, state, peek(id))
        end
      end
    end
  end
  flush()
`,
})

/** `lookAtKeys()`: what is due takes its place, and keys whose time has come may be served. A function of its own: one has room for 60 names of others. */
export const LOOK_AT_KEYS: Part = definePart({
  name: 'LOOK_AT_KEYS',
  needs: `m ${PROMOTE_KEYED.needs.filter((need) => need !== 'levels').join(' ')} paced pace placeKeys`,
  gives: 'lookAtKeys',
  lua: lua`
local function lookAtKeys()
  local levels = m[3]
  ${PROMOTE_KEYED}
  for _, range in ipairs({ { '-inf', now }, { ${FADING}, ${FADING} + now } }) do
    local due = redis.call('ZRANGEBYSCORE', paced, string.format('%s', range[1]), string.format('%.0f', range[2]), 'LIMIT', 0, ${MOST_LOOKED_AT})
    for i = 1, #due do doubted[due[i]] = true end
  end
  -- Other limits hold: who was held back may be served by now.
  if pace.retry ~= '' then
    local following, some = unpack(redis.call('ZSCAN', paced, pace.retry, 'COUNT', ${MOST_LOOKED_AT}))
    for i = 1, #some, 2 do doubted[some[i]] = true end
    pace.retry = following ~= '0' and following or ''
  end
  placeKeys()
end
`,
})

/**
 * In front of the lines of a claim. Gives how many the turn \`wanted\`, and in place of \`want\` how many the limits leave to the lines: none where there
 * are keys, which are served here with those that have none.
 */
export const CLAIM_KEYED: Part = definePart({
  name: 'CLAIM_KEYED',
  needs:
    `want lookAtKeys isFree leases hasKeys ring hasRuns suspectFrom suspects ${SERVE.needs.filter((need) => need !== 'most').join(' ')}`
      .split(' ')
      .filter((need, i, all) => all.indexOf(need) === i)
      .join(' '),
  gives: 'wanted want',
  lua: lua`
  lookAtKeys()
  ${MOST}
  local wanted = want
  if most > 0 and hasKeys and (redis.call('ZCARD', ring) > 0 or (hasRuns and not suspectFrom and redis.call('LLEN', suspects) > 0)) then
    ${SERVE}
    most = count
  end
  local want = most
`,
})
