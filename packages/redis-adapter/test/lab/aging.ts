import type { Redis } from 'ioredis'

/**
 * Lets time pass for one queue without waiting: all that it will compare with the clock becomes so much older. What it knows of
 * its workers (`seen`, `idle`) stays, as if somebody had been there all the time; a silence would
 * put recovery off, which is tested elsewhere.
 */
export async function age(redis: Redis, keyOf: (part: string) => string, byMs: number): Promise<void> {
  const later = Array.from({ length: 10 }, (_, level) => keyOf(`later:${level}`))
  const keys = [keyOf('ids'), keyOf('results'), keyOf('leases'), keyOf('ended'), keyOf('dead'), ...later]
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
for k = 3, #KEYS do
  local all = redis.call('ZRANGE', KEYS[k], 0, -1, 'WITHSCORES')
  for i = 1, #all, 2 do redis.call('ZADD', KEYS[k], string.format('%.3f', all[i + 1] - by), all[i]) end
end
`
