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

/**
 * `stateOf(id)`: of a key, what of it runs, when the bucket of its rate is full, until when it is held, and until when by a retried task, `holder`.
 * Whoever changes it sets `changed[id]`. `isFull(state)`, `freeOf(state)`: when its limits let the next one through. `doubted[id]`: it may have to be
 * moved between `ring` and `paced`. `placeKeys()` does that, `saveKeys()` at the end also writes the states.
 */
export const KEYS_OF: Part = definePart({
  name: 'KEYS_OF',
  needs: 'now busy keyed ring paced caps pace',
  gives: 'changed doubted stateOf isFull freeOf entriesOf placeKeys saveKeys',
  lua: lua`
local states, changed, doubted = {}, {}, {}
local function stateOf(id)
  local state = states[id]
  if state then return state end
  local text = redis.call('HGET', busy, id) or ''
  local running, full, held, retried, holder = string.match(text, '^(%d+) ?([%d.]*) ?(%d*) ?(%d*) ?(%d*)$')
  local function bounded(text)
    local number = tonumber(text or '') or 0
    return number <= now + ${MOST_HELD_MS} and number or 0
  end
  state = { running = running and #running < 10 and tonumber(running) or 0, full = bounded(full), held = bounded(held), retried = bounded(retried), holder = holder or '', text = text }
  -- As of the whole queue: it is as empty as the rate that holds lets it be.
  if caps.keyRate and state.full > now + caps.keyRate.bucket then
    state.full, changed[id] = now + caps.keyRate.bucket, true
  end
  states[id] = state
  return state
end
local function isFull(state) return caps.keyConcurrency and state.running >= caps.keyConcurrency end
local function freeOf(state)
  return math.max(state.held, state.retried, caps.keyRate and state.full - caps.keyRate.slack or 0)
end
-- Some of its tasks that wait, in their order.
local function entriesOf(id, offset, count)
  return redis.call('ZRANGE', keyed, '[' .. id, '(' .. id .. ':', 'BYLEX', 'LIMIT', offset, count)
end
local function placeKeys()
  for id in pairs(doubted) do
    local state, first = stateOf(id), entriesOf(id, 0, 1)[1]
    local at = first and freeOf(state) or math.max(state.full, state.held, state.retried)
    if first and at <= now and not isFull(state) then
      redis.call('ZREM', paced, id)
      local weight = tonumber(string.match(first, 'w(%d+)$') or 1)
      redis.call('ZADD', ring, 'NX', string.format('%.6f', pace.virtual + 1 / weight), id)
    else
      redis.call('ZREM', ring, id)
      local isTimed = at > now
      if first then isTimed = true else isTimed = isTimed and state.running == 0 end
      if isTimed then
        redis.call('ZADD', paced, string.format('%.3f', not first and ${FADING} + at or isFull(state) and ${FULL} or at), id)
      else
        redis.call('ZREM', paced, id)
      end
    end
    changed[id] = true
  end
  doubted = {}
end
local function saveKeys()
  placeKeys()
  local saved, gone = {}, {}
  for id in pairs(changed) do
    local state = states[id]
    if state then
      local text = state.running > 0 and string.format('%d', state.running) or ''
      if math.max(state.full, state.held, state.retried) > now then
        text = string.format('%d %.3f %.0f %.0f %s', state.running, state.full, state.held, state.retried, state.retried > now and state.holder or '')
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
  for i = 1, #saved, 1000 do redis.call('HSET', busy, unpack(saved, i, math.min(i + 999, #saved))) end
  for i = 1, #gone, 1000 do redis.call('HDEL', busy, unpack(gone, i, math.min(i + 999, #gone))) end
  changed = {}
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
