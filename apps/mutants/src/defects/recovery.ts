import { redis } from '../killers.ts'
import type { Mutant } from '../mutant.ts'

/** Defects of how a queue comes back from outages, lost workers and late messages. */
export const recoveryMutants: readonly Mutant[] = [
  {
    name: 'gap-not-noted',
    says: 'after an outage longer than a lease every task that still runs is given to a second worker',
    edits: [
      { in: 'redis-adapter', within: 'settleAndClaimLua', find: 'WATCH, SEEN, NOTE_GAP)', replace: 'WATCH, SEEN)' },
      { in: 'redis-adapter', within: 'extendScript', find: '${NOTE_GAP}', replace: '' },
    ],
    killedBy: redis('nobody takes what others held of the queue: they have a lease of time to prolong it'),
  },
  {
    name: 'no-extending-after-an-outage',
    says: 'the first worker to reconnect after an outage takes the tasks that others still run',
    edits: [
      {
        in: 'core',
        find: 'before: () => keeper.extendAll()',
        replace: 'before: () => Promise.resolve()',
      },
    ],
    killedBy: {
      in: 'core-tests',
      test: 'prolongs what it holds before it claims',
    },
  },
  {
    name: 'grace-for-ever',
    says: 'workers that run now and then never recover what one of them lost',
    edits: [{ in: 'redis-adapter', find: 'elseif $fraction < ${2 * GRACE} then', replace: 'else' }],
    killedBy: redis('for 0 ms, then not for 6000 ms, a lost lease of the queue is recovered by the third'),
  },
  {
    name: 'longest-lease-decides',
    says: 'a worker that once had a lease of an hour delays every recovery after an outage by an hour',
    edits: [
      {
        in: 'redis-adapter',
        find: '  local $away = $seen and now - $seen\n',
        replace:
          "  local leaseMs = math.max(leaseMs, tonumber(redis.call('HGET', meta, 'longest') or 0))\n  redis.call('HSET', meta, 'longest', leaseMs)\n  local $away = $seen and now - $seen\n",
      },
      {
        in: 'redis-adapter',
        find: 'math.min(${MOST_GRACE_MS}, $fraction < ${GRACE} and math.max($left, leaseMs) or $left)',
        replace: '($fraction < ${GRACE} and math.max($left, leaseMs) or $left)',
      },
    ],
    killedBy: redis('one worker with a long lease does not put off the recovery of others (queue)'),
  },
  {
    name: 'late-turn-claims',
    says: 'a late claim of a closed worker takes tasks that nobody runs until their lease ends',
    edits: [
      {
        in: 'redis-adapter',
        find: "$noted = ${ENDED_AT} .. '|' .. $staleText .. '|0|'",
        replace: "redis.call('HDEL', lanes, lane)",
      },
    ],
    killedBy: redis('gives nothing to what comes late of a lane that ended, also when it never got anything'),
  },
]
