import { core, redis } from '../killers.ts'
import type { Mutant } from '../mutant.ts'

/** Defects of keys and limits. */
export const sharingMutants: readonly Mutant[] = [
  {
    name: 'key-above-its-concurrency',
    says: 'two tasks of an account run at once, which was promised to go one after the other',
    edits: [
      { in: 'redis-adapter', find: 'caps.keyConcurrency and $state.running >= caps.keyConcurrency', replace: 'false' },
    ],
    killedBy: redis('gives no key more leases than it may have, and the next when one ends'),
  },
  {
    name: 'queue-above-its-concurrency',
    says: 'each claim may take as many as all workers together',
    edits: [
      {
        in: 'redis-adapter',
        find: "$most = math.min($most, caps.concurrency - redis.call('ZCARD', leases))",
        replace: '',
      },
    ],
    killedBy: redis('gives no more leases than may be, over all workers'),
  },
  {
    name: 'all-leases-are-left',
    says: 'one worker holds ahead what all others may run',
    edits: [
      {
        in: 'redis-adapter',
        find: "math.max(0, caps.concurrency - redis.call('ZCARD', leases))",
        replace: 'caps.concurrency',
      },
    ],
    killedBy: redis('says how many more leases there may be, and none where keys limit theirs'),
  },
  {
    name: 'holds-all-leases-ahead',
    says: 'others of a limited queue find nothing for 10 ms, and nothing for half a minute where the worker dies',
    edits: [{ in: 'core', find: 'Math.floor((this.#parts.buffer.size + leasesLeft) / 2)', replace: '1000' }],
    killedBy: core('holds tasks ahead where that leaves as many leases to others'),
  },
  {
    name: 'dead-worker-keeps-its-place',
    says: 'after some crashes no task of a key is run any more',
    edits: [{ in: 'redis-adapter', find: 'freed($id) giveBack($ns[$i]', replace: 'giveBack(ns[i]' }],
    killedBy: redis('keeps strict order with one at a time, over releases and lost leases'),
  },
  {
    name: 'newcomer-comes-last',
    says: 'a quiet tenant waits for all that a loud one has',
    edits: [
      {
        in: 'redis-adapter',
        find: "string.format('%.6f', $pace.virtual + 1 / $weight)",
        replace: "string.format('%.6f', pace.virtual + 1000000)",
      },
    ],
    killedBy: redis('serves one that comes within a round, however many wait of another'),
  },
  {
    name: 'served-again-at-once',
    says: 'a key that is there is served before all that come, and no weight means anything',
    edits: [{ in: 'redis-adapter', find: '$at = $pace.virtual + 1 / $weight', replace: 'at = pace.virtual' }],
    killedBy: redis('gives a key as much more as its tasks weigh'),
  },
  {
    name: 'rate-counts-nothing',
    says: 'an API that takes ten calls a second gets as many as there are workers',
    edits: [
      {
        in: 'redis-adapter',
        find: 'if caps.rate then $pace.full = math.max($pace.full, now) + #$taken * caps.rate.each end',
        replace: '',
      },
    ],
    killedBy: redis('lets as many begin as the rate allows, with a burst'),
  },
  {
    name: 'limited-holds-nothing',
    says: 'a task whose API said "too many" is tried again at once, and again',
    edits: [
      {
        in: 'redis-adapter',
        find: '$pace.held = math.max($pace.held, now + $holdFor)',
        replace: 'pace.held = pace.held',
      },
    ],
    killedBy: redis('holds the queue when a handler asks for it, and charges nothing'),
  },
  {
    name: 'nobody-knows-the-time',
    says: 'tasks behind a rate are begun when a worker happens to look',
    edits: [{ in: 'redis-adapter', find: '$isNow or ($at ~= nil and not $waited)', replace: 'isNow' }],
    killedBy: redis('wakes one worker for the first that a rate keeps waiting, and nobody for those behind it'),
  },
  {
    name: 'woken-for-nothing',
    says: 'while a limit holds, each enqueue makes every worker ask in vain',
    edits: [{ in: 'redis-adapter', find: '$isNow or ($at ~= nil and not $waited)', replace: 'true' }],
    killedBy: redis('wakes nobody for tasks that wait until another ends, and one worker then'),
  },
  {
    name: 'full-key-wakes',
    says: 'each task of a busy key makes workers ask in vain',
    edits: [
      {
        in: 'redis-adapter',
        find: 'return $at ~= nil and (not $before or $at < $before',
        replace: 'return at ~= nil or (not before or at < before',
      },
    ],
    killedBy: redis('wakes nobody for tasks of a key that has to wait, and one for each other that comes'),
  },
  {
    name: 'one-retry-frees-the-key',
    says: 'a booking overtakes one that is retried, because another of its account is not any more',
    edits: [{ in: 'redis-adapter', find: '$state.holders[$n] = nil', replace: 'state.holders = {}' }],
    killedBy: redis('holds a key until each of several retried tasks is due, or gone'),
  },
]
