/** Lua of keys: who waits for whose turn, who runs, and until when limits hold them back. */
import { definePart } from '../define-part.ts'
import type { Part } from '../define-part.ts'
import { lua } from '../lua.ts'
import { MOST_HELD_MS } from './shared-limits.ts'

/**
 * A key as it is stored: "bytes:key". A place, the member of `keyed` of a task that waits, and its value in `places`: its key, 9 minus the level,
 * 0 where it was returned or 1, its rank in 16 digits, ":n" where that is not its number, "w" and its weight where that is not 1.
 */
export function keyId(key: string): string {
  return `${Buffer.byteLength(key)}:${key}`
}

/** In `paced`, from here on: keys of which nothing waits or runs, and until when they are remembered. */
export const FADING = 1_000_000_000_000_000
/** And here: keys that have as many leases as they may. */
export const FULL = 500_000_000_000_000

/** So many retried tasks are known to hold their key; the hold of any other lasts until it is due, also if the task is gone before. */
const MOST_HOLDERS = 16

/**
 * `stateOf(id)`: of a key, what of it runs, when the bucket of its rate is full, until when it is held, and by which retried tasks until when, `holders`.
 * Whoever changes it sets `changed[id]`. `isFull(state)`, `freeOf(state)`: when its limits let the next one through; `endOf(state)`: when they mean
 * nothing any more. `hold(id, n, due)`, `unhold(id, n)`: a retried task holds its key, or not any more. `doubted[id]`: it may have to be moved between `ring` and
 * `paced`. `placeKeys()` does that, `saveKeys()` at the end also writes the states, and answers whether one of the keys may be served now.
 */
export const KEYS_OF: Part = definePart({
  name: 'KEYS_OF',
  needs: 'now busy keyed ring paced caps pace',
  gives: 'changed doubted stateOf isFull freeOf endOf hold unhold entriesOf placeKeys saveKeys readStates inPieces',
  lua: lua`
local states, changed, doubted, hasServable = {}, {}, {}, false
local function remember(id, text)
  local running, full, held, holders = string.match(text, '^(%d+) ?([%d.]*) ?(%d*) ?([%d@,]*)$')
  local function bounded(text)
    local number = tonumber(text or '') or 0
    return number <= now + ${MOST_HELD_MS} and number or 0
  end
  local state = { running = running and #running < 10 and tonumber(running) or 0, full = bounded(full), held = bounded(held), retried = 0, holders = {}, text = text }
  local count = 0
  for n, due in string.gmatch(holders or '', '(%d+)@(%d+)') do
    local at = bounded(due)
    if at > now and count < ${MOST_HOLDERS} then
      state.holders[n], count = at, count + 1
      state.retried = math.max(state.retried, at)
    end
  end
  -- As of the whole queue: it is as empty as the rate that holds lets it be.
  if caps.keyRate and state.full > now + caps.keyRate.bucket then
    state.full, changed[id] = now + caps.keyRate.bucket, true
  end
  states[id] = state
  return state
end
local function stateOf(id) return states[id] or remember(id, redis.call('HGET', busy, id) or '') end
local function readStates(ids)
  local unread = {}
  for i = 1, #ids do
    if not states[ids[i]] then unread[#unread + 1] = ids[i] end
  end
  for i = 1, #unread, 1000 do
    local last = math.min(i + 999, #unread)
    local texts = redis.call('HMGET', busy, unpack(unread, i, last))
    for k = i, last do remember(unread[k], texts[k - i + 1] or '') end
  end
end
local function isFull(state) return caps.keyConcurrency and state.running >= caps.keyConcurrency end
local function freeOf(state)
  return math.max(state.held, state.retried, caps.keyRate and state.full - caps.keyRate.slack or 0)
end
local function endOf(state) return math.max(state.full, state.held, state.retried) end
local function noteHolders(id, state)
  state.retried = 0
  for _, at in pairs(state.holders) do state.retried = math.max(state.retried, at) end
  changed[id], doubted[id] = true, true
end
local function hold(id, n, due)
  local state, count = stateOf(id), 0
  for other in pairs(state.holders) do count = count + (other == n and 0 or 1) end
  if count < ${MOST_HOLDERS} then state.holders[n] = due else state.held = math.max(state.held, due) end
  noteHolders(id, state)
end
-- Answers whether it held the key.
local function unhold(id, n)
  local state = stateOf(id)
  if not state.holders[n] then return false end
  state.holders[n] = nil
  noteHolders(id, state)
  return true
end
-- Some of its tasks that wait, in their order.
local function entriesOf(id, offset, count)
  return redis.call('ZRANGE', keyed, '[' .. id, '(' .. id .. ':', 'BYLEX', 'LIMIT', offset, count)
end
local function inPieces(list, size, command, ...)
  for i = 1, #list, size do
    local piece = { ... }
    for k = i, math.min(i + size - 1, #list) do piece[#piece + 1] = list[k] end
    redis.call(command, unpack(piece))
  end
end
local function placeKeys()
  local ids = {}
  for id in pairs(doubted) do ids[#ids + 1] = id end
  if #ids == 0 then return end
  readStates(ids)
  local enter, leave, wait, forget = {}, {}, {}, {}
  for i = 1, #ids do
    local id = ids[i]
    local state, first = states[id], entriesOf(id, 0, 1)[1]
    local at = first and freeOf(state) or endOf(state)
    if first and at <= now and not isFull(state) then
      local weight = tonumber(string.match(first, 'w(%d+)$') or 1)
      enter[#enter + 1] = string.format('%.6f', pace.virtual + 1 / weight)
      enter[#enter + 1] = id
      forget[#forget + 1] = id
      hasServable = true
    else
      leave[#leave + 1] = id
      local isTimed = at > now
      if first then isTimed = true else isTimed = isTimed and state.running == 0 end
      if isTimed then
        wait[#wait + 1] = string.format('%.3f', not first and ${FADING} + at or isFull(state) and ${FULL} or at)
        wait[#wait + 1] = id
      else
        forget[#forget + 1] = id
      end
    end
    changed[id] = true
  end
  inPieces(forget, 1000, 'ZREM', paced)
  inPieces(enter, 1000, 'ZADD', ring, 'NX')
  inPieces(leave, 1000, 'ZREM', ring)
  inPieces(wait, 1000, 'ZADD', paced)
  doubted = {}
end
local function saveKeys()
  placeKeys()
  local saved, gone = {}, {}
  for id in pairs(changed) do
    local state = states[id]
    if state then
      local text = state.running > 0 and string.format('%d', state.running) or ''
      if endOf(state) > now then
        local holders = {}
        for n, at in pairs(state.holders) do holders[#holders + 1] = n .. '@' .. string.format('%.0f', at) end
        text = string.format('%d %.3f %.0f %s', state.running, state.full, state.held, table.concat(holders, ','))
      end
      if text == '' and state.text ~= '' then
        gone[#gone + 1] = id
      elseif text ~= state.text then
        saved[#saved + 1] = id
        saved[#saved + 1] = text
      end
      state.text = text
    end
  end
  inPieces(saved, 1000, 'HSET', busy)
  inPieces(gone, 1000, 'HDEL', busy)
  changed = {}
  return hasServable
end
`,
})

/** Reads what may be written, so that a key of a wrong type fails here. */
export const CHECK_SHARED: string = lua`redis.call('HLEN', places)
redis.call('HLEN', busy)
redis.call('ZCARD', keyed)
redis.call('ZCARD', ring)
redis.call('ZCARD', paced)
`
