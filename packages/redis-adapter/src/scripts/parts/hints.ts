/** Lua of hints: who sleeps, who waits for room, and the messages to them. */
import { definePart } from '../define-part.ts'
import type { Part } from '../define-part.ts'
import { HINTS } from '../../keys.ts'
import { lua } from '../lua.ts'

/** Lua that gives the command for a topic of hints: in a cluster those are in the slot of their queue. */
export const publishTo = (topic: string): string =>
  `string.find(${topic}, '}${HINTS}', 1, true) and 'SPUBLISH' or 'PUBLISH'`

/**
 * Sends a message about this queue to a topic and answers how many heard it. Hints are worth no failure: where
 * an ACL forbids the topic, a script must not stop half-way.
 */
export const TELL: Part = definePart({
  name: 'TELL',
  needs: 'meta',
  gives: 'tell',
  lua: lua`
local queueName
local function tell(topic, letter, body)
  queueName = queueName or string.match(meta, '{(.-)}')
  local heard = redis.pcall(${publishTo('topic')}, topic, letter .. queueName .. (body and '\\n' .. body or ''))
  return type(heard) == 'number' and heard or 0
end
`,
})

/**
 * Entries are "topic|worker", scored by the time of their last look. `wake()` wakes one idle worker,
 * the one that looked last: most probably it is still there. Whether it is, the number of receivers says.
 */
export const WAKE: Part = definePart({
  name: 'WAKE',
  needs: 'idle tell',
  gives: 'wake',
  lua: lua`
local function wake()
  for _ = 1, 64 do
    local w = redis.call('ZPOPMAX', idle)
    if not w[1] then return end
    local topic = string.match(w[1], '^(.*)|')
    if topic and tell(topic, 'w') > 0 then return end
  end
end
`,
})

/** A worker that sleeps looks again sooner than this, however many sleep in its process. */
const ASLEEP_MS = 3_600_000

/** `sleep(member, at)` notes that an idle worker is there, which looked last at this time, and drops those who are gone. */
export const SLEEP: Part = definePart({
  name: 'SLEEP',
  needs: 'idle now',
  gives: 'sleep',
  lua: lua`
local function sleep(member, at)
  if redis.call('ZADD', idle, at, member) == 0 then return end
  local gone = redis.call('ZRANGEBYSCORE', idle, '-inf', now - ${ASLEEP_MS}, 'LIMIT', 0, 8)
  if #gone > 0 then redis.call('ZREM', idle, unpack(gone)) end
end
`,
})

/** So many sleepers are asked whether they are there. */
const MOST_ASKED = 64

/** `isAwaited()`: whether a worker waits for work, whose broker hears that there may be some. */
export const AWAITED: Part = definePart({
  name: 'AWAITED',
  needs: 'idle tell',
  gives: 'isAwaited',
  lua: lua`
local function isAwaited()
  local sleepers = redis.call('ZREVRANGE', idle, 0, ${MOST_ASKED - 1})
  for i = 1, #sleepers do
    local topic = string.match(sleepers[i], '^(.*)|')
    if topic and tell(topic, 'w') > 0 then return true end
  end
  return false
end
`,
})

/** Who waits for room asks again every second or two: who did not for this time is gone, and would take a hint from another. */
const SEEKER_MS = 10_000

/** Notes one that waits for room, whose topic the Lua `topic` gives, and drops those who are gone. */
export const seekRoom = (topic: string): Part =>
  definePart({
    name: 'seekRoom',
    needs: `room now ${topic}`,
    gives: '',
    lua: lua`
  local gone = redis.call('ZRANGEBYSCORE', room, '-inf', now - ${SEEKER_MS}, 'LIMIT', 0, 1000)
  if #gone > 0 then redis.call('ZREM', room, unpack(gone)) end
  redis.call('ZADD', room, now, ${topic})
`,
  })
/**
 * Sends as many as there is room for a hint that they may try again, those first who wait longest. Who does not hear it
 * counts for nobody, up to 64.
 */
export const TELL_ROOM: Part = definePart({
  name: 'TELL_ROOM',
  needs: 'room tell',
  gives: 'tellRoom',
  lua: lua`
local function tellRoom(places)
  local left = 64
  while places > 0 and left > 0 do
    local asked = math.min(left, places)
    local waiting = redis.call('ZPOPMIN', room, asked)
    for i = 1, #waiting, 2 do
      if tell(waiting[i], 'r') > 0 then places = places - 1 end
    end
    left = left - asked
    if #waiting < 2 * asked then return end
  end
end
`,
})
