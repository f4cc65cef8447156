import { memory, redis } from '../killers.ts'
import type { Killer, Mutant } from '../mutant.ts'

const scheduler = (test: string): Killer => ({ in: 'scheduler', test })

/** Defects of schedules: of their ticks in the storage, and of when these are. */
export const scheduleMutants: readonly Mutant[] = [
  {
    name: 'tick-of-another-revision',
    says: 'a schedule that was changed ticks once more as it was before',
    edits: [{ in: 'redis-adapter', find: 'revision ~= tick[2] or tick[3]', replace: 'not revision or tick[3]' }],
    killedBy: redis('does no tick of what a schedule was before'),
  },
  {
    name: 'tick-of-another-instant',
    says: 'after an absence two schedulers make two tasks of one tick',
    edits: [{ in: 'redis-adapter', find: '(at ~= tick[3] or tonumber(at) > now)', replace: '(tonumber(at) > now)' }],
    killedBy: redis('does a tick once, also where the next one is due already'),
  },
  {
    name: 'tick-before-its-time',
    says: 'after a failover to a server whose clock is behind, tasks come too early',
    edits: [{ in: 'redis-adapter', find: 'or tonumber(at) > now)', replace: ')' }],
    killedBy: redis('does no tick before its time'),
  },
  {
    name: 'change-drops-the-tick',
    says: 'a deployment at midnight loses what is due at midnight',
    edits: [
      {
        in: 'redis-adapter',
        find: "if before and at ~= '' and tonumber(at) <= now then return { now, 'd', record } end",
        replace: '',
      },
    ],
    killedBy: redis('loses no tick by a change: what is due has to be done first'),
  },
  {
    name: 'change-of-what-was-ticked',
    says: 'a schedule that is changed while it ticks has that tick again',
    edits: [{ in: 'redis-adapter', find: 'or (before and at ~= wasDueAt)', replace: '' }],
    killedBy: redis('replaces a schedule only where it is still as it was read'),
  },
  {
    name: 'last-task-of-another',
    says: 'the console shows the task of another schedule as its last',
    edits: [{ in: 'redis-adapter', find: 'given = given + last - first + 1', replace: 'given = base + last' }],
    killedBy: redis('with a thousand tasks is one step, with consecutive numbers'),
  },
  {
    name: 'garbage-stays-due',
    says: 'a few damaged schedules hold up all others for ever',
    edits: [
      {
        in: 'redis-adapter',
        find: "if record then redis.call('ZADD', due, 'inf', name) else",
        replace: 'if not record then',
      },
    ],
    killedBy: redis('is answered once as malformed, holds up nobody, and can be replaced and removed'),
  },
  {
    name: 'page-goes-on-too-late',
    says: 'a list of schedules leaves some out while they tick',
    edits: [
      {
        in: 'redis-adapter',
        find: "first = redis.call('ZCOUNT', due, '-inf', '(' .. afterAt)",
        replace: 'first = count',
      },
    ],
    killedBy: redis('lists schedules by when they are due, page by page'),
  },
  {
    name: 'full-server-forgets-its-ticks',
    says: 'while Redis is full a scheduler cannot learn that its tick was done',
    edits: [
      {
        in: 'redis-adapter',
        within: 'RedisSchedules',
        find: 'await recallWhenFull(sent, batch, (script, args) => this.#run(script, args))',
        replace: 'await sent',
      },
    ],
    killedBy: {
      ...redis('is refused, and nothing is done, while the server has no memory left; one that was done is answered'),
      sees: 'OOM command not allowed',
    },
  },
  {
    name: 'memory-ticks-early',
    says: 'in a test, tasks come before the clock reaches their tick',
    edits: [{ in: 'memory-adapter', within: 'Schedules', find: 'dueAt && dueAt <= at', replace: 'dueAt' }],
    killedBy: memory('does no tick before its time'),
  },
  {
    name: 'memory-revisions-begin-anew',
    says: 'a tick of a schedule that was obliterated is done by one of the same name',
    edits: [
      {
        in: 'memory-adapter',
        find: 'schedules: new Schedules(this.schedules.revision)',
        replace: 'schedules: new Schedules(this.#lastNumber)',
      },
    ],
    killedBy: memory('deletes schedules with their queue, and gives no revision again'),
  },
  {
    name: 'absence-in-one-step',
    says: 'after a day without a scheduler its schedules never tick again',
    edits: [{ in: 'core', find: 'instants.slice(0, fits)', replace: 'instants' }],
    killedBy: scheduler('of many missed ticks it makes up for the newest thousand, once, and says so'),
  },
  {
    name: 'forged-tick',
    says: 'a header of the program says for which day a task is, in place of the day',
    edits: [
      {
        in: 'core',
        find: '{ ...more, ...options.headers, ...own }',
        replace: '{ ...own, ...options.headers, ...more }',
      },
    ],
    killedBy: scheduler('the broker’s headers are those of the tick, and ones that fail keep no task back'),
  },
  {
    name: 'interval-from-the-start',
    says: 'each deployment shifts an interval, and one that is longer than a deployment lives never ticks',
    edits: [
      {
        in: 'scheduler',
        find: 'nextOfInterval(everyMs!, from ?? 0, since)',
        replace: 'nextOfInterval(everyMs!, from ?? since, since)',
      },
    ],
    killedBy: scheduler('are counted from 1970, so that a deployment shifts none'),
  },
  {
    name: 'every-tick-is-missed',
    says: 'a restart of a second at midnight loses what `skip` skips',
    edits: [{ in: 'scheduler', within: 'dueTicks', find: 'at - MISSED_AFTER_MS', replace: 'at' }],
    killedBy: {
      ...scheduler('whatever was missed, each tick has one task by its policy, and none is done twice'),
      sees: 'Property failed',
    },
  },
  {
    name: 'deployment-resumes',
    says: 'what an operator paused runs again with the next deployment',
    edits: [{ in: 'scheduler', find: 'paused: old?.paused ?? false', replace: 'paused: false' }],
    killedBy: scheduler('pauses, resumes, and keeps a pause through an upsert'),
  },
  {
    name: 'zone-of-the-process',
    says: 'a report of nine o’clock comes at nine of whichever machine ticks',
    edits: [{ in: 'scheduler', find: '{ timezone, paused: true }', replace: '{ paused: true }' }],
    killedBy: scheduler('is of the zone that it names, and of UTC where it names none, whatever that of the process'),
  },
  {
    name: 'remembered-tick-of-later',
    says: 'a schedule ticks at the wrong time because another of its pattern was looked at before',
    edits: [{ in: 'scheduler', find: 'if (after >= known.after && known.next', replace: 'if (known.next' }],
    killedBy: scheduler('the next tick is the same, whatever was asked before'),
  },
  {
    name: 'unreadable-rule-in-silence',
    says: 'a damaged schedule is asked for fifty times a second, and nobody hears of it',
    edits: [
      {
        in: 'scheduler',
        find: 'if (rule === undefined) all.push({ tick: { schedule, instants: [] }, due: undefined })',
        replace: 'if (rule === undefined) continue',
      },
    ],
    killedBy: scheduler('goes on beside schedules that cannot be read, and reports each once'),
  },
  {
    name: 'outage-ends-the-ticks',
    says: 'after Redis was away for a moment, schedules never tick again',
    edits: [
      {
        in: 'scheduler',
        within: 'Ticker',
        find: "if (MqError.is(thrown, 'closed')) {",
        replace: 'if (MqError.is(thrown)) {',
      },
    ],
    killedBy: scheduler('goes on after failures of the storage, reports each outage once, and misses no tick'),
  },
  {
    name: 'each-try-is-reported',
    says: 'an outage of Redis fills the log',
    edits: [
      {
        in: 'scheduler',
        within: 'Ticker',
        find: 'if (this.#failures++ === 0) book',
        replace: 'this.#failures++; book',
      },
    ],
    killedBy: scheduler('goes on after failures of the storage, reports each outage once, and misses no tick'),
  },
]
