import { core, memory, redis } from '../killers.ts'
import type { Mutant } from '../mutant.ts'

/** Defects of tasks that come with their hints. */
export const grantMutants: readonly Mutant[] = [
  {
    name: 'grant-begun-twice',
    says: 'a task whose hint crosses with a reply runs twice with no fault',
    edits: [{ in: 'core', find: 'this.#closed || this.#arrived.includes(lease)', replace: 'this.#closed' }],
    killedBy: {
      ...core('runs once, whichever of hint, reply and repetition comes first, or at all'),
      sees: 'Property failed',
    },
  },
  {
    name: 'asleep-after-a-grant',
    says: 'the task after one that came with its hint waits for the next poll',
    edits: [
      {
        in: 'core',
        find: 'this.#dirty = true\nthis.#parts.pace.busy()',
        replace: 'this.#parts.pace.busy()',
      },
    ],
    killedBy: core('that overtakes the reply of a look is not followed by sleep'),
  },
  {
    name: 'late-grant-begun',
    says: 'a hint that a network held up for a lease makes its task run beside another worker',
    edits: [
      {
        in: 'core',
        find: 'this.#parts.services.clock.now() - this.givenAt(task) > this.leaseMs / 2',
        replace: 'false',
      },
    ],
    killedBy: core('is not begun by a hint that came late: a turn brings it with a new lease'),
  },
  {
    name: 'regiven-grant-not-leased-anew',
    says: 'a hint that was lost makes its task run twice',
    edits: [
      {
        in: 'memory-adapter',
        find: 'queue.leases.lasts(sent, last ? now : now + leaseMs)',
        replace: 'if (last) queue.leases.lasts(sent, now)',
      },
    ],
    killedBy: memory('gives a task that did not arrive once, with a new lease, also where the old one was over'),
  },
  {
    name: 'grant-never-named',
    says: 'each turn brings the last task again, and a task that kills its process is not charged',
    edits: [{ in: 'core', find: 'granted: grants.newest', replace: 'granted: undefined' }],
    killedBy: core('runs with no turn before it, and one turn settles it and looks for more'),
  },
  {
    name: 'grant-for-a-full-worker',
    says: 'a task waits behind a slow one while another worker sleeps',
    edits: [{ in: 'core', find: 'listening.live && slots.hasFree', replace: 'listening.live' }],
    killedBy: core('is not asked for while no slot is free'),
  },
  {
    name: 'lost-grant-forgotten',
    says: 'a task whose hint was lost waits until its lease ends',
    edits: [{ in: 'redis-adapter', find: '{ sentLease, sentFence, $record }', replace: 'nil' }],
    killedBy: redis('gives a task that did not arrive again with each turn of its worker, until one names it'),
  },
  {
    name: 'unseen-grant-charged',
    says: 'tasks are charged with the crash of a worker that never got them',
    edits: [{ in: 'redis-adapter', find: 'if $unseen[$i] and not $before[$i] then', replace: 'if false then' }],
    killedBy: redis('charges a lease that ended only where the task arrived'),
  },
  {
    name: 'grant-kept-by-the-closed',
    says: 'a task that was sent to a closing worker waits until its lease ends',
    edits: [{ in: 'redis-adapter', find: 'if $deadline and not arrived then', replace: 'if false then' }],
    killedBy: redis('gives a task that a worker did not name in its last turn to another, at once and uncharged'),
  },
  {
    name: 'grant-past-those-that-wait',
    says: 'a new task is begun before those that wait',
    edits: [
      {
        in: 'redis-adapter',
        within: 'FIND_GRANTEE',
        find: "if redis.call('LLEN', KEYS[READY + $level]) > 0 then return nil end",
        replace: '',
      },
    ],
    killedBy: redis('sends no task past those that wait'),
  },
  {
    name: 'grant-of-a-paused-queue',
    says: 'a task begins although its queue is paused',
    edits: [
      {
        in: 'redis-adapter',
        find: 'ready[string.byte(records[2], 14) - 48] and not m[6]',
        replace: 'ready[string.byte(records[2], 14) - 48]',
      },
    ],
    killedBy: redis('sends no task of a paused queue'),
  },
]
