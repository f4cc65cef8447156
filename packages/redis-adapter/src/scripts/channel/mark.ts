import { lengthOf, readArguments } from '../arguments.ts'
import { defineScript } from '../../script.ts'
import { lua } from '../lua.ts'
import type { Script } from '../../script.ts'
import { LAYOUT, NOW, POSITION } from '../parts/meta.ts'

/** `prefix`: what to write in front of the frame. `run`: the server's, or ''. */
export const MARK = { topic: 'text', prefix: 'text', run: 'text', isSharded: 'flag' } as const

/**
 * KEYS     seq
 * ARGV     MARK
 * RETURNS  {epoch, number of the newest message}
 * Sends whoever asked a frame without messages: the prefix, "epoch n ", a newline. A new run of the server begins a new epoch. O(1).
 */
export const markScript: Script = defineScript({
  name: 'mark',
  parts: ['seq'],
  allowOom: true, // or nobody could subscribe, or hear of a loss, while the server is full
  lua: lua`
${readArguments(MARK)}
if #ARGV ~= ${lengthOf(MARK)} then return redis.error_reply('MQARGS a marker is not right') end
${NOW}
local known = redis.call('HMGET', seq, 'epoch', 'n', 'run', 'layout')
${POSITION}
n = string.format('%.0f', n)
-- Sent before it is noted: where an ACL forbids the topic, nothing has happened.
local frame = prefix .. epoch .. ' ' .. n .. ' \\n'
redis.call(isSharded and 'SPUBLISH' or 'PUBLISH', topic, frame)
if isNew or (run ~= '' and not known[3]) then redis.call('HSET', seq, 'epoch', epoch, 'n', n, 'run', run, 'layout', ${LAYOUT}) end
return { epoch, n }
`,
})
