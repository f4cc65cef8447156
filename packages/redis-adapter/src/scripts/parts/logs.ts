/** What a task logged, in `notes` under "l" and n: "l" and the number of missing lines, then "at|line" each, with tabs between them. */
import type { StoredLog } from '@mq/core/adapter'
import { MAX_LOG_BYTES, MAX_LOG_LINES } from '@mq/core/adapter'
import { definePart } from '../define-part.ts'
import type { Part } from '../define-part.ts'
import { lua } from '../lua.ts'
import { NOW } from './meta.ts'

/** Adds the lines of `body` to the log of task n; `kind` is "l" and how many are missing before them. */
export const ADD_LOG: Part = definePart({
  name: 'ADD_LOG',
  needs: 'n kind body notes',
  gives: '',
  lua: lua`${NOW}local stamp, lines, bytes = string.format('%.0f|', now), {}, 0
local function add(line)
  lines[#lines + 1] = line
  bytes = bytes + #line
end
local log = redis.call('HGET', notes, 'l' .. n) or ''
local dropped = string.match(log, '^l(%d+)')
dropped = (dropped and #dropped < 16 and tonumber(dropped) or 0) + tonumber(string.sub(kind, 2))
for line in string.gmatch(log, '\\t(%d+|[^\\t\\n]+)') do add(line) end
for line in string.gmatch(body, '[^\\n]+') do add(stamp .. line) end
local first = 1
while first < #lines and (#lines - first >= ${MAX_LOG_LINES} or bytes > ${MAX_LOG_BYTES}) do
  bytes = bytes - #lines[first]
  first = first + 1
end
redis.call('HSET', notes, 'l' .. n, string.format('l%.0f\\t', dropped + first - 1) .. table.concat(lines, '\\t', first))
`,
})

/** Undefined when nothing was logged. What is not of that form was written by another program. */
export function parseLog(text: string): StoredLog | undefined {
  const [head = '', ...lines] = text.split('\t')
  if (!/^l\d{1,16}$/.test(head)) return undefined
  return {
    lines: lines.flatMap((entry) => {
      const [, at, line = ''] = /^(\d{1,16})\|([^]*)$/.exec(entry) ?? []
      return at === undefined ? [] : [{ at: Number(at), line }]
    }),
    dropped: Number(head.slice(1)),
  }
}
