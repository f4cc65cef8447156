import { memory, redis } from '../killers.ts'
import type { Mutant } from '../mutant.ts'

/** Defects of tasks that run after others, and of what follows a task. */
export const flowMutants: readonly Mutant[] = [
  {
    name: 'runs-before-its-last-parent',
    says: 'an order is packed before all that is in it was fetched',
    edits: [
      {
        in: 'redis-adapter',
        within: 'tellScript',
        find: 'head.heard >= head.most then',
        replace: 'head.heard >= 1 then',
      },
    ],
    killedBy: redis('keeps a task back until all that it runs after have ended'),
  },
  {
    name: 'parent-counted-twice',
    says: 'a task runs too early when a worker died while it told the task of a parent',
    edits: [
      {
        in: 'redis-adapter',
        within: 'tellScript',
        find: 'if not before then head.heard = head.heard + 1 end',
        replace: 'head.heard = head.heard + 1',
      },
    ],
    killedBy: redis('counts each parent once, however often and by whom it is told'),
  },
  {
    name: 'earlier-end-that-comes-late',
    says: 'a handler is told that a parent died which was redriven and completed',
    edits: [{ in: 'redis-adapter', within: 'tellScript', find: 'and not (was and was > at)', replace: '' }],
    killedBy: redis('tells a later end of a parent that lives again'),
  },
  {
    name: 'delay-since-the-enqueue',
    says: 'a reminder that is to come a day after the payment comes with it',
    edits: [{ in: 'redis-adapter', within: 'tellScript', find: 'now + heads[due[i]].delay', replace: 'now' }],
    killedBy: redis('begins the delay of a task when its last parent has ended'),
  },
  {
    name: 'chore-for-everybody',
    says: 'many workers of a queue all do the same chore at once',
    edits: [
      {
        in: 'redis-adapter',
        within: 'choresScript',
        find: "redis.call('ZADD', flow.chores, string.format('%.0f', now + ${CHORE_MS}), name)",
        replace: '',
      },
    ],
    killedBy: redis('gives a chore to one at a time'),
  },
  {
    name: 'finished-with-an-older-token',
    says: 'children never hear that a parent ended again after it was redriven',
    edits: [
      {
        in: 'redis-adapter',
        within: 'finishScript',
        find: "if values[i] and (token or '') == tokens[i] then",
        replace: 'if values[i] then',
      },
    ],
    killedBy: redis('keeps a chore that arose again before it was finished'),
  },
  {
    name: 'looks-once',
    says: 'a task is blocked for ever whose parent was forgotten by a server to know of it',
    edits: [
      {
        in: 'core',
        within: 'check',
        find: 'return isBlocked ? lookAgainInMs(looked) : undefined',
        replace: 'return isBlocked && looked < 0 ? lookAgainInMs(looked) : undefined',
      },
      {
        in: 'core',
        find: 'token: NEW_TOKEN, againInMs: lookAgainInMs(0) }) as const',
        replace: 'token: NEW_TOKEN, againInMs: lookAgainInMs(0) && undefined }) as const',
      },
    ],
    killedBy: memory('runs a task in the end although a storage forgot a link that it had confirmed'),
  },
  {
    name: 'looks-come-first',
    says: 'after a night without workers children wait until all blocked tasks have looked for their parents',
    edits: [
      {
        in: 'redis-adapter',
        within: 'finishScript',
        find: "string.format('%.0f', ${SLOW} + now + agains[i])",
        replace: "string.format('%.0f', now + agains[i] - 60000)",
      },
    ],
    killedBy: redis('gives looks that are due behind all that is new'),
  },
  {
    name: 'end-that-nobody-is-told',
    says: 'a task is blocked for ever, though all that it runs after have ended',
    edits: [
      {
        in: 'redis-adapter',
        within: 'FLOW',
        find: "if linked[i] then flow.add('e' .. over[i], outcomes[i]) end",
        replace: '',
      },
    ],
    killedBy: redis('makes a chore of a parent that is buried'),
  },
  {
    name: 'end-that-is-being-told-is-unknown',
    says: 'a task is buried since nothing is known of its parent, which has just been completed',
    edits: [
      {
        in: 'redis-adapter',
        within: 'ENDED_TASK',
        find: "if told then return string.match(told, '^%d+|(.*)$') end",
        replace: '',
      },
    ],
    killedBy: redis('makes a chore of a parent that is completed without its result being kept'),
  },
  {
    name: 'redriven-child-keeps-its-death',
    says: 'a task that is redriven after its parent was does not run when that one completes',
    edits: [
      {
        in: 'redis-adapter',
        within: 'redriveScript',
        find: "heard = heard - redis.call('HDEL', flow.kin, n .. '.' .. bad)",
        replace: 'heard = heard - 0',
      },
    ],
    killedBy: redis('looks again for its parents when a task lives again that died of one'),
  },
  {
    name: 'parents-are-kept-for-ever',
    says: 'Redis grows by what each child was told of its parents',
    edits: [
      { in: 'redis-adapter', within: 'FLOW', find: "flow.add('d' .. over[i], '0')", replace: 'flow.done = true' },
    ],
    killedBy: redis('a task with ten thousand parents keeps nothing of them when it is done'),
  },
  {
    name: 'finished-before-it-is-done',
    says: 'children of a task whose worker dies at the wrong moment are blocked for ever',
    edits: [
      {
        in: 'core',
        within: 'relay',
        find: 'while (open.length > 0) {',
        replace: 'if (chores.length > 0) await finish(chores); while (open.length > 0) {',
      },
    ],
    killedBy: { ...redis('tell: dies before it, and another does it'), sees: 'did not end within' },
  },
  {
    name: 'first-hundred-children',
    says: 'of many that run after one task, a hundred run and the others are blocked for ever',
    edits: [
      {
        in: 'core',
        within: 'relay',
        find: 'const more = open.filter(({ next }) => next !== undefined)',
        replace: 'const more = open.slice(0, 0)',
      },
    ],
    killedBy: memory('fans out and in again, over a thousand tasks'),
  },
  {
    name: 'parent-that-ended-before',
    says: 'a task that is enqueued after one which has ended never runs',
    edits: [
      { in: 'core', within: 'linkQueue', find: "if (reply.state === 'pending') return []", replace: 'return []' },
    ],
    killedBy: memory('runs a task at once that runs after one which has ended'),
  },
  {
    name: 'next-of-each-run',
    says: 'what follows a task is done twice, when a worker died after it had enqueued it',
    edits: [
      {
        in: 'core',
        find: "options.id ?? (await derivedId(of.queue, of.id, 'next'))",
        replace: "options.id ?? (await derivedId(of.queue, of.id, 'next' + Math.random()))",
      },
    ],
    killedBy: memory('enqueues what follows a task when it is complete, in any queue, once'),
  },
  {
    name: 'one-id-for-two',
    says: 'what two tasks enqueue, or are followed by, is one task where their ids have colons',
    edits: [
      {
        in: 'core',
        within: 'isPlain',
        find: "return !id.includes(':')",
        replace: "return id !== '' || !id.includes(':')",
      },
    ],
    killedBy: memory('enqueues what follows tasks whose ids have colons, each its own'),
  },
  {
    name: 'unknown-parent-is-accepted',
    says: 'a typing error in an id gives a task that is buried at once, instead of an error',
    edits: [
      {
        in: 'core',
        within: 'familyOf',
        find: "standing === undefined || standing.state === 'unknown'",
        replace: 'standing === undefined',
      },
    ],
    killedBy: memory('refuses what cannot be: nothing is done then'),
  },
  {
    name: 'memory-earlier-end-that-comes-late',
    says: 'in memory, a handler is told that a parent died which was redriven and completed',
    edits: [
      {
        in: 'memory-adapter',
        find: 'if ($before !== undefined && $before.endedAt > $end.endedAt) return undefined',
        replace: '',
      },
    ],
    killedBy: memory('tells a later end of a parent that lives again'),
  },
  {
    name: 'memory-runs-before-its-last-parent',
    says: 'in memory, a task runs when the first of those has ended that it runs after',
    edits: [
      {
        in: 'memory-adapter',
        find: "return family.heard === family.parents.length ? 'runs' : undefined",
        replace: "return 'runs'",
      },
    ],
    killedBy: memory('keeps a task back until all that it runs after have ended'),
  },
]
