import type { ChannelPosition, Frame } from '@mq/core'
import { defineScript } from '../script.ts'
import type { Script } from '../script.ts'
import { FORGET_LANES, NOW, POSITION } from './lua-parts.ts'

/**
 * KEYS     seq publishers
 * ARGV     topic, how many messages, their lengths and bodies, the server's run or '', publisher, number of this publish,
 *          'sharded' or else
 * RETURNS  {epoch, number of the newest message}
 * Numbers the messages and sends them as one frame: "epoch n ", ARGV[3]. O(subscribers). A new run of the server begins
 * a new epoch: it may have lost numbers. A publish that was answered is answered again, not sent again: some clients resend by
 * themselves.
 */
export const publishScript: Script = defineScript({
  name: 'publish',
  parts: ['seq', 'publishers'],
  allowOom: false,
  lua: /* lua */ `
local count, publisher, number = tonumber(ARGV[2]), ARGV[5], tonumber(ARGV[6])
if not (count and count >= 1 and number) then return redis.error_reply('MQARGS a publish is not right') end
${NOW}${FORGET_LANES}
local run = ARGV[4]
local known = redis.call('HMGET', seq, 'epoch', 'n', 'run')
local last = redis.call('HGET', publishers, publisher)
if last then
  local lastNumber, epoch, n = string.match(last, '^(%d+)|%d+|(%d+)|(%d+)$')
  lastNumber = tonumber(lastNumber) or 0
  if lastNumber == number then return { epoch, n } end
  if lastNumber > number then return redis.error_reply('MQSTALE a newer publish was answered') end
end
${POSITION}
local first = string.format('%.0f', n + 1)
n = string.format('%.0f', n + count)
-- Sent before it is noted: where an ACL forbids the topic, nothing has happened.
local frame = epoch .. ' ' .. first .. ' ' .. ARGV[3]
if ARGV[7] == 'sharded' then redis.call('SPUBLISH', ARGV[1], frame) else redis.call('PUBLISH', ARGV[1], frame) end
redis.call('HSET', seq, 'epoch', epoch, 'n', n, 'run', run)
redis.call('HSET', publishers, publisher, ARGV[6] .. '|' .. string.format('%.0f', now) .. '|' .. epoch .. '|' .. n)
if not last then forgetLanes(publishers) end
return { epoch, n }
`,
})

/** "12,7,9", a newline, and the bodies in a row. */
export function encodeBodies(bodies: readonly string[]): string {
  return `${bodies.map((body) => body.length).join(',')}\n${bodies.join('')}`
}

/** Undefined when another program wrote to the topic. */
export function parseFrame(text: string): Frame | undefined {
  const head = /^(\d{1,20}) (\d{1,16}) ([\d,]*)\n/.exec(text)
  if (head === null) return undefined
  const [{ length }, epoch = '', n = '', lengths = ''] = head
  const bodies: string[] = []
  let at = length
  for (const size of lengths === '' ? [] : lengths.split(',')) {
    bodies.push(text.slice(at, (at += Number(size))))
  }
  return at === text.length ? { epoch, n: Number(n), bodies } : undefined
}

export function parsePosition(reply: unknown): ChannelPosition {
  const [epoch, n] = reply as [string, string]
  return { epoch, n: Number(n) }
}
