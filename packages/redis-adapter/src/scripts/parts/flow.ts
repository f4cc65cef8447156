/**
 * Lua of flows. `kin` holds what is said of children, by their numbers: under n "onDead depth delay count heard bad", under "f" and n its
 * parents, "@queue n n=id …" in their order, under "i" and n its own id, under n, a dot and an index how that one ended ("state|at|body"), and under "!" and the name of a
 * chore its token, a bar, and what it is about (of a check: how often it was looked at). `edges` has the children of a task: "n", and "n:queue", a newline, "number.index" for each.
 * `chores` has them by the time at which they are free: "c" (a child looks for its parents), "d" (what it kept is forgotten), "e" (a task
 * ended that has children), "n" (another follows it), each with its number.
 */
import { CHORE_MS, NEW_TOKEN } from '@mq/core/adapter'
import { definePart } from '../define-part.ts'
import type { Part } from '../define-part.ts'
import { lua } from '../lua.ts'
import { LAYOUT } from './meta.ts'

/** Blocked tasks are among the delayed ones, due this much from now: never. Any that is due then is one. */
export const BLOCKED = 4_000_000_000_000_000

/** Chores that are to be done again are behind all others, free this much later than their time. */
export const SLOW = 2_000_000_000_000_000

/** What few parents left is forgotten at once. */
const FEW = 64

/**
 * `flow.add(name, value, at)`: a chore, free from then on or now; `flow.added`: there was one. `flow.ended(over, outcomes)`: of tasks that ended,
 * those that have children are to be told of, and those that had parents need them no more, unless they are dead. `flow.unblocked(ns)`: these
 * need not look for their parents any more.
 */
export const FLOW: Part = definePart({
  name: 'FLOW',
  needs: 'm flow time now',
  gives: '',
  lua: lua`
flow.add = function(name, value, at)
  redis.call('HSET', flow.kin, '!' .. name, string.format('%.0f|', time[1] * 1000000 + time[2]) .. value)
  redis.call('ZADD', flow.chores, at or now, name)
  flow.added = true
end
flow.unblocked = function(ns)
  if #ns == 0 then return end
  local names, fields = {}, {}
  for i = 1, #ns do names[i], fields[i] = 'c' .. ns[i], '!c' .. ns[i] end
  redis.call('ZREM', flow.chores, unpack(names))
  redis.call('HDEL', flow.kin, unpack(fields))
end
flow.ended = function(over, outcomes)
  if not m[15] or #over == 0 then return end
  local linked, heads = redis.call('ZMSCORE', flow.edges, unpack(over)), redis.call('HMGET', flow.kin, unpack(over))
  local children = {}
  for i = 1, #over do
    if linked[i] then flow.add('e' .. over[i], outcomes[i]) end
    local count = heads[i] and tonumber(string.match(heads[i], '^%a %d+ %d+ (%d+) '))
    if heads[i] then children[#children + 1] = over[i] end
    if count and string.match(outcomes[i], '^%d+|(%a)') ~= 'D' then
      if count <= ${FEW} then
        local gone = {}
        for index = 0, count - 1 do gone[index + 1] = over[i] .. '.' .. index end
        redis.call('HDEL', flow.kin, unpack(gone))
      else
        flow.add('d' .. over[i], '0')
      end
    end
  end
  flow.unblocked(children)
end
`,
})

/** Reads what may be written, so that a key of a wrong type fails here. */
export const CHECK_FLOW: string = lua`redis.call('HLEN', flow.kin)
redis.call('ZCARD', flow.edges)
redis.call('ZCARD', flow.chores)
`

/** From now on there are flows: then only scripts that know of them touch the queue. */
export const NOTE_FLOWS: string = lua`if not m[15] then
  m[15] = '1'
  redis.call('HSET', meta, 'layout', ${LAYOUT}, 'flows', 1)
end
`

/** Of a turn, as part of `flow`, since Lua allows few locals more. `flow.left(ms)`: 4 where a chore is free, and until one is or `ms`, whichever is sooner; -1: never. Of one that is done again nobody is to come. */
export const CHORES_LEFT: Part = definePart({
  name: 'CHORES_LEFT',
  needs: 'm now flow',
  gives: '',
  lua: lua`
flow.left = function(ms)
  local free = m[15] and tonumber(redis.call('ZRANGE', flow.chores, 0, 0, 'WITHSCORES')[2] or nil)
  if not free then return 0, ms end
  local isSlow = free >= ${SLOW}
  if isSlow then free = free - ${SLOW} end
  if free <= now then return 4, ms end
  if isSlow then return 0, ms end
  free = math.min(${CHORE_MS}, math.ceil(free - now))
  return 0, ms >= 0 and math.min(ms, free) or free
end
`,
})

/** The first of its arguments that says what a task is to run after: "onDead depth delay count", a bar in no name, its parents. */
export const READ_FAMILY: string = lua`  local family = string.match(how, '^r?%d*f([^\\n]*)\\n')
  if family then families[i] = family end
`

/** For each task that got a number. */
export const STORE_FAMILY: string = lua`if families[i] then
          local head, parents = string.match(families[i], '^(%a %d+ %d+ %d+);(.*)$')
          for _, text in ipairs({ number, head .. ' 0 -1', 'f' .. number, parents, '!c' .. number, '${NEW_TOKEN}|' }) do newKin[#newKin + 1] = text end
          if owned[i] and string.find(owned[i][1], '^[^~]') then newKinIds[#newKinIds + 1], newKinIds[#newKinIds + 2] = 'i' .. number, owned[i][1] end
          newChores[#newChores + 1] = now + ${CHORE_MS}
          newChores[#newChores + 1] = 'c' .. number
        end
        `

export const WRITE_FAMILIES: string = lua`  if #newKin > 0 then
    redis.call('HSET', flow.kin, unpack(newKin))
    if #newKinIds > 0 then redis.call('HSET', flow.kin, unpack(newKinIds)) end
    redis.call('ZADD', flow.chores, unpack(newChores))
    ${NOTE_FLOWS}
  end
`

/**
 * What follows a task that is completed stands before its act: "N", its bytes, a bar, and it; `others` arguments stand before the leases. Taken
 * away here, before anybody looks at the acts.
 */
export const nextsAfter = (others: number): Part =>
  definePart({
    name: 'nextsAfter',
    needs: 'count flow',
    gives: '',
    lua: lua`
for i = 1, count do
  local place = ${others} + count + i
  local size, from = string.match(ARGV[place], '^N(%d+)|()')
  if size then
    flow.nexts = flow.nexts or {}
    flow.nexts[i] = string.sub(ARGV[place], from, from + size - 1)
    ARGV[place] = string.sub(ARGV[place], from + size)
    if not string.find(ARGV[place], '^O?[Cc]') then return redis.error_reply('MQARGS only what is completed has a next') end
  end
end
`,
  })

/** Of a turn, when its tasks have ended. */
export const FLOW_SETTLED: string = lua`  if flow.nexts then
    ${NOTE_FLOWS}
  end
  flow.ended(over, outcomes)
  for i, text in pairs(flow.nexts or {}) do
    if applied[i] then flow.add('n' .. string.match(members[i], '^%d+'), text) end
  end
`
