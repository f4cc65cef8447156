import { defineScript } from '../../script.ts'
import { lua } from '../lua.ts'
import type { Script } from '../../script.ts'
import { LAYOUT, NOW, POSITION } from '../parts/meta.ts'

/**
 * KEYS     seq
 * ARGV     topic, what to write in front of the frame, the server's run or '', 'sharded' or else
 * RETURNS  {epoch, number of the newest message}
 * Sends whoever asked a frame without messages: ARGV[2], "epoch n ", a newline. A new run of the server begins a new epoch. O(1).
 */
export const markScript: Script = defineScript({
  name: 'mark',
  parts: ['seq'],
  allowOom: true, // or nobody could subscribe, or hear of a loss, while the server is full
  lua: lua`
local run = ARGV[3]
if not (ARGV[1] and ARGV[2] and run and ARGV[4]) then return redis.error_reply('MQARGS a marker is not right') end
${NOW}
local known = redis.call('HMGET', seq, 'epoch', 'n', 'run', 'layout')
${POSITION}
n = string.format('%.0f', n)
-- Sent before it is noted: where an ACL forbids the topic, nothing has happened.
local frame = ARGV[2] .. epoch .. ' ' .. n .. ' \\n'
if ARGV[4] == 'sharded' then redis.call('SPUBLISH', ARGV[1], frame) else redis.call('PUBLISH', ARGV[1], frame) end
if isNew or (run ~= '' and not known[3]) then redis.call('HSET', seq, 'epoch', epoch, 'n', n, 'run', run, 'layout', ${LAYOUT}) end
return { epoch, n }
`,
})
