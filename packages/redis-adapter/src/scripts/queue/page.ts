import { endedTask, parseOutcome } from '@mq/core/adapter'
import type { ListedTask, PageState, PendingTask, TaskListing } from '@mq/core/adapter'
import { parseRecord } from '../../record.ts'
import { readArguments } from '../arguments.ts'
import { arrangeParts } from '../arrange-parts.ts'
import { defineScript } from '../../script.ts'
import { lua } from '../lua.ts'
import type { Script } from '../../script.ts'
import { BLOCKED } from '../parts/flow.ts'
import { keepLimits } from '../parts/keep.ts'
import { NUMBER_IN } from '../parts/key-places.ts'
import { FITTING, LEVEL_OF, META, NOW, WHOLE } from '../parts/meta.ts'
import { PAGE } from './page-arguments.ts'
import { ENDED, KEYED, WAITING } from './page-lines.ts'
import { ADD, FIND } from './page-parts.ts'
import { DELAYED, RUNNING } from './page-sets.ts'

/**
 * KEYS     meta tasks ready×10 later×10 suspects moved leases runs crashes failures results order keyed
 * ARGV     PAGE, then the place to go on from: IN_LINE (and ANCHOR for each) where state is waiting, IN_LATER where it is delayed or blocked, IN_LEASES
 *          where it is running, IN_ORDER where it is ended
 * RETURNS  the cursor of the next page or '', and for each task: n, record (without payloads up to the end of its header), its bytes,
 *          failures, crashes, due at or lease ends at or ''; of ended ones: n, outcome (without payloads up to its body, but of a cancelled one), bytes of the body
 * Writes nothing. O(limit · levels in use + log n), and a search of up to 16,500 numbers where the lists have moved.
 */
export const pageScript: Script = defineScript({
  name: 'page',
  parts: [
    'meta',
    'tasks',
    'ready',
    'later',
    'suspects',
    'moved',
    'leases',
    'runs',
    'crashes',
    'failures',
    'results',
    'order',
    'keyed',
  ],
  allowOom: true,
  lua: lua`
${readArguments(PAGE)}
if not (limit and maxBytes and limit >= 1 and limit <= 1000 and limit % 1 == 0) then
  return redis.error_reply('MQARGS a page is not right')
end
${arrangeParts(NOW, META, WHOLE, keepLimits(), LEVEL_OF, FITTING, ADD, FIND, NUMBER_IN)}
local following = ''
if state == 'waiting' then
  if key == '' then
    ${WAITING}
  end
  ${KEYED}
elseif state == 'delayed' or state == 'blocked' then
  ${DELAYED}
elseif state == 'running' then
  ${RUNNING}
elseif state == 'ended' then
  ${ENDED}
else
  return redis.error_reply('MQARGS no page is called so')
end
return { following, page }
`,
})

/** Of a record: the time, the level and the newline. */
const FRAME = 15

type Reply = [string, (string | number)[]]

export function parsePage(reply: unknown, state: PageState, payloads: boolean): TaskListing {
  const [next, flat] = reply as Reply
  const tasks: ListedTask[] = []
  if (state === 'ended') {
    for (let i = 0; i < flat.length; i += 3)
      tasks.push(...parseEnded(String(flat[i + 1]), Number(flat[i + 2]), payloads))
  } else {
    for (let i = 0; i < flat.length; i += 6) tasks.push(parsePending(flat.slice(i, i + 6), state, payloads))
  }
  return next === '' ? { tasks } : { tasks, next }
}

function parseEnded(text: string, bytes: number, payloads: boolean): ListedTask[] {
  const ended = parseOutcome(text)
  if (ended === undefined) return []
  return [endedTask(ended.n, ended.outcome, bytes, payloads)]
}

function dueOf(dueAt: number): Pick<PendingTask, 'dueAt' | 'blocked'> {
  return dueAt >= BLOCKED ? { blocked: true } : { dueAt }
}

function parsePending(facts: readonly (string | number)[], state: PageState, payloads: boolean): ListedTask {
  const [n, text, bytes, failures, crashes, time] = facts
  const record = parseRecord(String(text))
  return {
    n: String(n),
    level: Number(String(text)[13]) || 0,
    failures: Number(failures),
    crashes: Number(crashes),
    bytes: Math.max(0, Number(bytes) - FRAME),
    ...record,
    payload: payloads ? record.payload : '',
    ...(state === 'delayed' || state === 'blocked' ? dueOf(Number(time)) : undefined),
    ...(state === 'running' ? { leaseEndsAt: Math.floor(Number(time)) } : undefined),
  }
}
