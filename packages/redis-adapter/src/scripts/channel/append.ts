import { argumentsOf, lengthOf, readArguments } from '../arguments.ts'
import type { HistoryLimits } from '@mq/core/adapter'
import type { Numbered } from '../../publish-lane.ts'
import { CHANNEL_PARTS } from '../../keys.ts'
import { arrangeParts } from '../arrange-parts.ts'
import { defineScript } from '../../script.ts'
import { lua } from '../lua.ts'
import type { Script } from '../../script.ts'
import { DIGITS } from '../group/group-parts.ts'
import { FORGET_LANES, NOW } from '../parts/meta.ts'
import { appendOf, DROP, NOTE_LOG, READ_LOG, READ_SEQ, RING } from './append-parts.ts'
import { notePublish, PUBLISHED } from './publisher-parts.ts'

const APPEND_BODIES = appendOf('ARGV[BODY + i]', 'BODY')

/** `lengths`: of the bodies, by commas. `run`: the server's, or ''. `after`: number of the publish before it if that is under way, or 0. */
const APPEND = {
  topic: 'text',
  count: 'number',
  lengths: 'text',
  run: 'text',
  publisher: 'text',
  number: 'number',
  maxAge: 'number',
  maxCount: 'number',
  maxBytes: 'number',
  unreadFactor: 'number',
  expires: 'number',
  after: 'number',
} as const

/**
 * KEYS     seq publishers log readers floors alive bells
 * ARGV     APPEND, then the bodies
 * RETURNS  {epoch, number of the newest message, a group to remove because its members were away for too long, or ''}, or nil when the
 *          publish before it has not come
 * As `publish`, and keeps the messages: an entry's id is "ms-number", the ms never decreasing, so that a place is found by
 * time and by number. Drops what all groups were given and is past the limits, and in any case what is past `unreadFactor`
 * times the limits. Wakes a sleeping member of each group. Numbers go on when the server was started anew, though the epoch is another:
 * some may have been lost. O(messages + dropped + woken).
 */
export const appendScript: Script = defineScript({
  name: 'append',
  parts: CHANNEL_PARTS,
  allowOom: false,
  lua: lua`
${readArguments(APPEND)}
local BODY = ${lengthOf(APPEND)} -- ARGV[BODY + i]
if not (count and count >= 1 and count <= 1000 and count % 1 == 0 and #ARGV == BODY + count) or
  not (number and number >= 1 and number < 1e15 and after) or
  not (unreadFactor and unreadFactor >= 1 and expires and expires >= 0) then
  return redis.error_reply('MQARGS a publish is not right')
end
${arrangeParts(NOW, FORGET_LANES, DIGITS)}

-- Read and check.
${READ_SEQ}${PUBLISHED}${READ_LOG}${APPEND_BODIES}
-- Write: the first entry shows whether the log takes any more.
local refused, id = appendFirst()
if refused then return refused end
local first = whole16(n + 1)
local sent = redis.pcall('PUBLISH', topic, epoch .. ' ' .. first .. ' ' .. lengths .. '\\n' .. table.concat(ARGV, '', BODY + 1))
if type(sent) == 'table' and sent.err then
  redis.call('XDEL', log, id)
  return sent
end
local largest = #ARGV[BODY + 1]
bytes = bytes + largest
for i = 2, count do
  keep(i)
  local size = #ARGV[BODY + i]
  bytes = bytes + size
  if size > largest then largest = size end
end
${NOTE_LOG}${notePublish('newest')}${arrangeParts(DROP, RING)}return { epoch, newest, silent[1] or '' }
`,
})

export function appendArguments(
  bodies: readonly string[],
  history: HistoryLimits,
  { topic, runId, publisher, number, after }: { topic: string; runId: string } & Numbered,
): (string | number)[] {
  const head = argumentsOf(APPEND, {
    topic,
    count: bodies.length,
    lengths: bodies.map((body) => body.length).join(','),
    run: runId,
    publisher,
    number,
    maxAge: history.maxAgeMs ?? '',
    maxCount: history.maxCount ?? '',
    maxBytes: history.maxBytes ?? '',
    unreadFactor: history.unreadFactor,
    expires: history.groupExpiresMs,
    after,
  })
  return [...head, ...bodies]
}
