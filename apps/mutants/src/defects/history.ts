import { core, memory, redis } from '../killers.ts'
import type { Mutant } from '../mutant.ts'

const FULL =
  'takes at most 200 KB where all of 24 hours and 90 days is kept with every bucket in use, and nothing where nothing happens'

/** Defects of the history of a queue. */
export const historyMutants: readonly Mutant[] = [
  {
    name: 'samples-sent-again',
    says: 'what a worker measured once counts in each of its later reports, too',
    edits: [{ in: 'core', within: 'taken', find: 'counts.fill(0)', replace: '' }],
    killedBy: core('is sent every ten seconds while it works, and once a minute while it does not'),
  },
  {
    name: 'last-sample-not-sent',
    says: 'the history misses what a worker did in the seconds before it ended',
    edits: [
      {
        in: 'core',
        find: 'this.#quietTicks = Number.NEGATIVE_INFINITY\n    this.tick()',
        replace: 'this.#quietTicks = Number.NEGATIVE_INFINITY',
      },
    ],
    killedBy: core('is sent at its end, too, and not of groups'),
  },
  {
    name: 'buffered-time-not-waited',
    says: 'the time in which tasks lie in a worker’s buffer is in no figure',
    edits: [
      {
        in: 'core',
        find: 'bucketOf(waitedMs + bufferedMs)',
        replace: 'bucketOf(waitedMs)',
      },
    ],
    killedBy: core('counts the time in the buffer of a worker as waiting'),
  },
  {
    name: 'delay-counts-as-waiting',
    says: 'a queue of reminders says that its tasks wait for days',
    edits: [{ in: 'core', find: 'undefined : waitedMs - header.delayMs', replace: 'undefined : waitedMs' }],
    killedBy: core('say how long a task waited since it was due, and not of one that was promoted'),
  },
  {
    name: 'history-ends-on-a-page',
    says: 'a chart of a day shows three hours',
    edits: [{ in: 'core', within: 'readHistory', find: 'if (!page.more ||', replace: 'if (true ||' }],
    killedBy: core('is read in pages, and no further back than asked'),
  },
  {
    name: 'percentile-too-low',
    says: 'the p99 of a chart is that of faster tasks',
    edits: [
      {
        in: 'redis-adapter',
        find: 'local $rank = math.ceil(total * $part)',
        replace: 'local $rank = math.floor(total * $part)',
      },
    ],
    killedBy: redis('is written in Lua as in TypeScript, whatever the numbers'),
  },
  {
    name: 'history-without-end',
    says: 'the history of a queue grows as long as the queue is used',
    edits: [
      {
        in: 'redis-adapter',
        find: "redis.call('LPOP', key, isPlain and old + 1 or old)",
        replace: '',
      },
    ],
    killedBy: redis(FULL),
  },
  {
    name: 'oldest-period-without-its-number',
    says: 'ten minutes at the begin of a chart of a day are missing, and days at that of 90 days',
    edits: [{ in: 'redis-adapter', find: 'local isPlain = first and place', replace: 'local isPlain = false' }],
    killedBy: redis(FULL),
  },
  {
    name: 'page-of-history-from-its-own-begin',
    says: 'at the begin of each page of a chart ten minutes are missing',
    edits: [{ in: 'redis-adapter', find: '-skip - limit - ${NUMBERED_EACH - 1}', replace: '-skip - limit' }],
    killedBy: redis(FULL),
  },
  {
    name: 'hour-without-its-times',
    says: 'the chart of 90 days has no times of tasks',
    edits: [
      {
        in: 'memory-adapter',
        find: 'for (const each of [window, hour]) add(each, tick)',
        replace: 'add(window, tick)',
      },
    ],
    killedBy: {
      ...memory('is of 24 hours in periods of 10 s, and of 90 days in those of an hour'),
      sees: 'Cannot read properties of undefined',
    },
  },
  {
    name: 'clock-ahead-stops-history',
    says: 'after a clock that was a year ahead for a moment a queue has no history for a year',
    edits: [
      {
        in: 'redis-adapter',
        find: 'if o.tick and o.tick * ${TICK_MS} > now + ${MOST_AHEAD_MS} then',
        replace: 'if false then',
      },
    ],
    killedBy: redis('begins anew after a clock that was a year ahead'),
  },
  {
    name: 'open-period-shown',
    says: 'the newest point of each chart is a dip: a period that has just begun',
    edits: [
      {
        in: 'memory-adapter',
        find: 'if (open !== undefined && (open.number + 1) * ms <= readAt) {',
        replace: 'if (open !== undefined) {',
      },
    ],
    killedBy: memory('is empty until a period is over, and has what was there and what went through'),
  },
]
