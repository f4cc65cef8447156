import { redis } from '../killers.ts'
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
    name: 'dead-worker-keeps-its-place',
    says: 'after some crashes no task of a key is run any more',
    edits: [{ in: 'redis-adapter', find: 'freed($id) giveBack($ns[$i]', replace: 'giveBack(ns[i]' }],
    killedBy: redis('keeps strict order with one at a time, over releases and lost leases'),
  },
  {
    name: 'newcomer-comes-last',
    says: 'a quiet tenant waits for all that a loud one has',
    edits: [
      { in: 'redis-adapter', find: '$pace.virtual + 1 / $weight), $id)', replace: 'pace.virtual + 1000000), id)' },
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
]
