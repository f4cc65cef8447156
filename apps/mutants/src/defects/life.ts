import { redis } from '../killers.ts'
import type { Mutant } from '../mutant.ts'

/** Defects of what people do to a queue and its tasks: pauses, second lives, purges, deduplication, memos. */
export const lifeMutants: readonly Mutant[] = [
  {
    name: 'second-life-old-token',
    says: 'a worker of the first life settles the second one',
    edits: [{ in: 'redis-adapter', find: 'whole($run) + 1', replace: 'whole($run)' }],
    killedBy: redis('gives a redriven task a lease that no worker had before'),
  },
  {
    name: 'second-life-by-a-taken-id',
    says: 'one id belongs to two living tasks',
    edits: [{ in: 'redis-adapter', find: "redis.call('ZREM', $ended, $n .. '|' .. $id)", replace: '' }],
    killedBy: {
      in: 'redis-adapter',
      test: 'keeps the id of a redriven task that lives longer than a minute',
    },
  },
  {
    name: 'pause-ignored',
    says: 'a paused queue continues',
    edits: [{ in: 'redis-adapter', find: 'if $m[6] then if sleeper', replace: 'if false then if sleeper' }],
    killedBy: redis('gives a paused queue’s tasks to nobody, wherever the pause came from'),
  },
  {
    name: 'resume-wakes-nobody',
    says: 'after `resume()` workers sleep until their next poll',
    edits: [{ in: 'redis-adapter', within: 'setPausedScript', find: 'wake()', replace: '' }],
    killedBy: redis('wakes an idle worker when the queue is resumed'),
  },
  {
    name: 'old-place-of-a-changed-task',
    says: 'a task that was made due later, or more urgent, in the middle of a long line runs there all the same, early or twice',
    edits: [
      {
        in: 'redis-adapter',
        within: 'PASS_BY',
        find: 'local $count = $left[$marks[$i]] or whole($counts[$i])',
        replace: 'local $count = 0',
      },
    ],
    killedBy: redis('gives a task that is due later to nobody before, and not twice after'),
  },
  {
    name: 'errors-outlive-their-task',
    says: 'errors of tasks that ended stay in Redis for ever',
    edits: [
      { in: 'redis-adapter', find: "$forgotten[2 * $i] = 'e' .. over[$i]", replace: '$forgotten[2 * $i] = over[$i]' },
    ],
    killedBy: redis('that was purged'),
  },
  {
    name: 'lines-lost-without-a-count',
    says: 'a log that is cut looks whole',
    edits: [{ in: 'redis-adapter', within: 'ADD_LOG', find: '$dropped + $first - 1', replace: '$dropped' }],
    killedBy: redis('keeps the last lines of a long one, in number and in bytes, and counts the others'),
  },
  {
    name: 'letter-without-its-log',
    says: 'what a task logged before it died is gone',
    edits: [
      {
        in: 'redis-adapter',
        within: 'settle',
        find: "hasNotes and redis.call('HGET', notes, 'l' .. graveActs[$i])",
        replace: 'nil',
      },
    ],
    killedBy: redis('keeps it with the dead letter, and not in the life after'),
  },
  {
    name: 'settlement-overtakes-the-log',
    says: 'the last lines before a failure are lost',
    edits: [
      {
        in: 'core',
        find: 'if (before === undefined) settler.add(decision)',
        replace: 'if (true) settler.add(decision)',
      },
    ],
    killedBy: {
      in: 'core-tests',
      test: 'that is the last before a failure is sent before the settlement, although another call is under way',
    },
  },
  {
    name: 'window-never-ends',
    says: 'a deduplication key drops tasks for ever',
    edits: [{ in: 'redis-adapter', find: 'if $opened and $opened > now then', replace: 'if $opened then' }],
    killedBy: {
      in: 'redis-adapter',
      test: 'takes a new task when the window is over, though much else is to be swept',
    },
  },
  {
    name: 'displaced-in-silence',
    says: 'a caller that awaits a displaced task waits for ever',
    edits: [{ in: 'redis-adapter', within: 'TELL_ENDS', find: 'tellEnd($topics[$i], $outcomes[$i])', replace: '' }],
    killedBy: redis('notifies callers that await a displaced task, and keeps its id for the letter'),
  },
  {
    name: 'memo-of-a-lost-lease',
    says: 'a worker that was stopped for longer than its lease overwrites the memos of its successor',
    edits: [{ in: 'redis-adapter', find: 'n and $held[#$kept + 1]', replace: 'n' }],
    killedBy: redis('keeps it over a lost lease, and from whoever lost it'),
  },
  {
    name: 'suspects-in-a-batch',
    says: 'a worker that dies with a batch of suspects has all of them buried',
    edits: [{ in: 'redis-adapter', find: 'whole($lost[$i]) >= suspectFrom', replace: 'false' }],
    killedBy: redis('steps over tasks that lost so many leases, and says so'),
  },
  {
    name: 'id-outlived-by-its-outcome',
    says: 'an id is free while its result is still kept, and its work is done twice',
    edits: [{ in: 'redis-adapter', find: "~= '~' and isKept($n)", replace: "~= '~' and false" }],
    killedBy: {
      in: 'redis-adapter',
      test: 'stands for it 59 s after its end, then as long as its outcome is kept, and is free after that',
    },
  },
  {
    name: 'existing-not-said',
    says: 'an enqueue under the id of a cancelled task seems to succeed, and its work is never done',
    edits: [
      {
        in: 'core',
        find: "receipt.state === 'existing'",
        replace: 'false',
      },
    ],
    killedBy: redis('says whether a task was there already, and replaces it where that is asked for'),
  },
  {
    name: 'replacement-not-asked-for',
    says: 'a debounced task runs with its first payload, and the newer ones are dropped',
    edits: [
      {
        in: 'core',
        find: "return existing === 'replace' || undefined",
        replace: 'return undefined',
      },
    ],
    killedBy: redis('throttles by a key, and debounces where each replaces the one before'),
  },
  {
    name: 'running-task-replaced',
    says: 'the work of one id is done twice at once: by the running task, and by its replacement',
    edits: [
      {
        in: 'redis-adapter',
        find: "then return 'running' end",
        replace: 'then return nil end',
      },
    ],
    killedBy: redis('says whether a task was there already, and replaces it where that is asked for'),
  },
]
