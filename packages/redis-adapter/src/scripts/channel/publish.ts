import { readArguments } from '../arguments.ts'
import type { ChannelPosition, Frame } from '@mq/core/adapter'
import { arrangeParts } from '../arrange-parts.ts'
import { defineScript } from '../../script.ts'
import { lua } from '../lua.ts'
import type { Script } from '../../script.ts'
import { FORGET_LANES, LAYOUT, NOW, POSITION } from '../parts/meta.ts'
import { notePublish, PUBLISHED } from './publisher-parts.ts'

/** `bodies`: their lengths and texts. `run`: the server's, or ''. `after`: number of the publish before it if that is under way, or 0. */
export const PUBLISH = {
  topic: 'text',
  count: 'number',
  bodies: 'text',
  run: 'text',
  publisher: 'text',
  number: 'number',
  isSharded: 'flag',
  after: 'number',
} as const

/**
 * KEYS     seq publishers
 * ARGV     PUBLISH
 * RETURNS  {epoch, number of the newest message}, or nil when the one before it has not come
 * Numbers the messages and sends them as one frame: "epoch n ", the bodies. O(subscribers). A new run of the server begins
 * a new epoch: it may have lost numbers. A publish that was answered is answered again, not sent again: some clients resend by
 * themselves.
 */
export const publishScript: Script = defineScript({
  name: 'publish',
  parts: ['seq', 'publishers'],
  allowOom: false,
  lua: lua`
${readArguments(PUBLISH)}
if not (count and count >= 1 and number and number >= 1 and number < 1e15 and after) then return redis.error_reply('MQARGS a publish is not right') end
${arrangeParts(NOW, FORGET_LANES)}
local known = redis.call('HMGET', seq, 'epoch', 'n', 'run', 'layout')
${arrangeParts(PUBLISHED, POSITION)}
local first = string.format('%.0f', n + 1)
n = string.format('%.0f', n + count)
-- Sent before it is noted: where an ACL forbids the topic, nothing has happened.
local frame = epoch .. ' ' .. first .. ' ' .. bodies
redis.call(isSharded and 'SPUBLISH' or 'PUBLISH', topic, frame)
if isNew or known[3] ~= run then redis.call('HSET', seq, 'epoch', epoch, 'n', n, 'run', run) else redis.call('HSET', seq, 'n', n) end
if not known[4] then redis.call('HSET', seq, 'layout', ${LAYOUT}) end
${notePublish('n')}return { epoch, n }
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
