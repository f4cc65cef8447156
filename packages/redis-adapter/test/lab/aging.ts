import type { Redis } from 'ioredis'

/**
 * Lets time pass for one queue, or one group, without waiting: all that it will compare with the clock becomes so much older. What it
 * knows of its workers (`seen`, `idle`) stays, as if somebody had been there all the time; a silence would put recovery
 * off, which is tested elsewhere.
 */
export async function age(redis: Redis, keyOf: (part: string) => string, byMs: number): Promise<void> {
  const later = Array.from({ length: 10 }, (_, level) => keyOf(`later:${level}`))
  const timed = ['leases', 'ended', 'dead', 'paced', 'chores', 'delays'].map(keyOf)
  const keys = [...['ids', 'results', 'busy', 'meta'].map(keyOf), ...timed, ...later]
  await redis.eval(AGE, keys.length, ...keys, byMs)
}

const AGE = /* lua */ `
local by = tonumber(ARGV[1])
local function earlier(time) return string.format('%.0f', time - by) end
local function rewrite(key, pattern)
  local all = redis.call('HGETALL', key)
  for i = 1, #all, 2 do redis.call('HSET', key, all[i], (string.gsub(all[i + 1], pattern, function(before, time, rest)
    return before .. earlier(time) .. rest
  end))) end
end
-- The ends of deduplications' windows, and of tasks.
rewrite(KEYS[1], '^(%d+|~)(%d+)(.*)$')
rewrite(KEYS[2], '^(%d+|%a|)(%d+)(.*)$')
-- What runs of a key, when its bucket is full, until when it is held, and by which retried tasks until when.
local busy = redis.call('HGETALL', KEYS[3])
for i = 1, #busy, 2 do
  local running, full, held, holders = string.match(busy[i + 1], '^(%d+) ([%d.]+) (%d+) ([%d@,]*)$')
  local function before(time) return earlier(math.max(by, tonumber(time))) end
  if full then redis.call('HSET', KEYS[3], busy[i], table.concat({ running, before(full), before(held), (string.gsub(holders, '@(%d+)', function(time) return '@' .. before(time) end)) }, ' ')) end
end
local full, held, rest = string.match(redis.call('HGET', KEYS[4], 'pace') or '', '^([%d.]+) (%d+) (.*)$')
if full then redis.call('HSET', KEYS[4], 'pace', earlier(math.max(by, tonumber(full))) .. ' ' .. earlier(math.max(by, tonumber(held))) .. ' ' .. rest) end
for k = 5, #KEYS do
  local all = redis.call('ZRANGE', KEYS[k], 0, -1, 'WITHSCORES')
  for i = 1, #all, 2 do redis.call('ZADD', KEYS[k], string.format('%.3f', all[i + 1] - by), all[i]) end
end
`
