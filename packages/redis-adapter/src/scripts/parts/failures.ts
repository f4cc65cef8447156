/** What is kept of a task's failed attempts: `failures` has their number under n, and the last errors under "e" and n. */
import type { FailedAttempt } from '@mq/core/adapter'
import { MAX_KEPT_ERRORS } from '@mq/core/adapter'
import { definePart } from '../define-part.ts'
import type { Part } from '../define-part.ts'
import { lua } from '../lua.ts'

/** Counts a failure of task n and keeps its error: "at|attempt|text" each, with tabs between them. */
export const KEEP_ERROR: Part = definePart({
  name: 'KEEP_ERROR',
  needs: 'n failure failures whole stamp',
  gives: '',
  lua: lua`
local before = redis.call('HMGET', failures, n, 'e' .. n)
local attempt, errors = whole(before[1]) + 1, {}
for earlier in string.gmatch(before[2] or '', '%d+|%d+|[^\\t\\n]+') do errors[#errors + 1] = earlier end
errors[#errors + 1] = stamp .. '|' .. attempt .. '|' .. failure
redis.call('HSET', failures, n, attempt, 'e' .. n, table.concat(errors, '\\t', math.max(1, #errors - ${MAX_KEPT_ERRORS - 1})))
`,
})

/** Of `failures`, or of the first line of a grave. What is not of that form was written by another program. */
export function parseErrors(text: string): FailedAttempt[] {
  return text.split('\t').flatMap((entry) => {
    const [, at, attempt, error = ''] = /^(\d{1,16})\|(\d{1,9})\|([^]*)$/.exec(entry) ?? []
    return at === undefined ? [] : [{ at: Number(at), attempt: Number(attempt), error }]
  })
}
