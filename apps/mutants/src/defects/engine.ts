import { core, memory } from '../killers.ts'
import type { Mutant } from '../mutant.ts'

/** Defects of the worker engine. */
export const engineMutants: readonly Mutant[] = [
  {
    name: 'hint-during-claim-ignored',
    says: 'a task that arrives as its worker falls asleep waits for the next poll',
    edits: [{ in: 'core', find: 'else if (this.#dirty)', replace: 'else if (false)' }],
    killedBy: core('is not forgotten for a turn that only settles'),
  },
  {
    name: 'settling-turn-cleans-the-mark',
    says: 'the same, when a turn that only settles is sent between hint and reply',
    edits: [{ in: 'core', find: 'if (want > 0) this.#dirty', replace: 'this.#dirty' }],
    killedBy: core('is not forgotten for a turn that only settles'),
  },
  {
    name: 'ready-unasked',
    says: 'a health check calls a worker ready that cannot claim',
    edits: [
      {
        in: 'core',
        within: 'Answers',
        find: '    ticker.kick()\n',
        replace: '    this.came(Infinity)\n',
      },
    ],
    killedBy: {
      in: 'redis-adapter',
      test: 'while writes are paused, and is when that is over',
    },
  },
  {
    name: 'leases-never-prolonged',
    says: 'a handler that takes longer than a lease runs twice at once',
    edits: [{ in: 'core', find: 'this.#unwatched ||= isShort || this.#timer === undefined', replace: '' }],
    killedBy: core('keeps its task for itself, however long and whoever looks'),
  },
  {
    name: 'lease-counted-from-the-reply',
    says: 'after a slow claim a lease ends before it is prolonged, and its task runs twice',
    edits: [
      {
        in: 'core',
        find: 'held.extendAt = claimedAt +',
        replace: 'held.extendAt = this.#parts.services.clock.now() +',
      },
      {
        in: 'core',
        find: 'ageMs > leaseMs / 6',
        replace: 'false',
      },
      {
        in: 'core',
        find: 'ageMs > leaseMs / 2',
        replace: 'false',
      },
    ],
    killedBy: core('is prolonged at once, since its lease runs from the first try'),
  },
  {
    name: 'refused-settlements-dropped',
    says: 'a task that was done runs again when its lease ends, because its settlement never reached the storage',
    edits: [
      {
        in: 'core',
        find: 'this.#waiting = [...settlements, ...this.#waiting]',
        replace: '',
      },
    ],
    killedBy: core('loses no settlement: each task is run once and ends'),
  },
  {
    name: 'repeated-turn-is-a-new-one',
    says: 'a cut connection costs a claim: its tasks wait for a lease and are charged with a crash',
    edits: [
      {
        in: 'core',
        find: '{ ...turn, repeat: true }',
        replace: '{ ...turn, repeat: true, lane: `${turn.lane}~${tries}` }',
      },
    ],
    killedBy: core('is no lost lease: nobody is warned'),
  },
  {
    name: 'early-cancellation-forgotten',
    says: 'a task that was cancelled while it was being claimed still runs',
    edits: [
      {
        in: 'core',
        find: 'if (gate.wasCancelled(task.lease)) continue',
        replace: '',
      },
    ],
    killedBy: core('keeps the task from being run, and the worker goes on'),
  },
  {
    name: 'one-attempt-too-many',
    says: 'a task runs once more than its queue allows',
    edits: [
      {
        in: 'core',
        find: 'failures >= attempts',
        replace: 'failures > attempts',
      },
    ],
    killedBy: memory('buries a task when its attempts are used up'),
  },
  {
    name: 'suspect-not-alone',
    says: 'a task that kills its process takes the other tasks of its worker with it, and they are charged',
    edits: [{ in: 'core', find: "? 'alone' : 'run'", replace: "? 'run' : 'run'" }],
    killedBy: core('while it runs gives its worker free when its handler ends'),
  },
  {
    name: 'late-outcome-counts',
    says: 'a handler that ignored its timeout still completes its task, which is retried as well',
    edits: [
      {
        in: 'core',
        find: 'if (execution.over) return\n    execution.over = true',
        replace: 'execution.over = false',
      },
    ],
    killedBy: core('on its result counts once, though the schema passes later'),
  },
  {
    name: 'no-poll-of-a-sleeping-worker',
    says: 'after a lost hint a task waits until the next one arrives, perhaps for ever',
    edits: [
      {
        in: 'core',
        find: 'schedule(() => this.#look(), Math.min(pollMs, nextDueInMs ?? pollMs))',
        replace: 'schedule(() => this.#look(), nextDueInMs ?? 600_000)',
      },
    ],
    killedBy: core('a sleeping worker finds a task by its next poll'),
  },
  {
    name: 'worker-ignores-a-reconnection',
    says: 'what came while the connection was down waits for the next poll',
    edits: [{ in: 'core', within: 'Hearing', find: "hint.kind === 'reconnected'", replace: 'false' }],
    killedBy: core('a sleeping worker looks at once for what it may have missed'),
  },
  {
    name: 'stuck-handler-counts-for-ever',
    says: 'handlers that ignore their timeout block their worker, one slot each',
    edits: [
      {
        in: 'core',
        find: '      this.#free(execution)\n    }, STUCK_AFTER_MS)',
        replace: '    }, STUCK_AFTER_MS)',
      },
    ],
    killedBy: core('does not block its worker for ever'),
  },
  {
    name: 'claimed-ahead-and-kept',
    says: 'tasks wait behind a slow one while other workers are idle',
    edits: [
      {
        in: 'core',
        find: 'if (this.#timer !== undefined || oldestSince === undefined) return',
        replace: 'return',
      },
    ],
    killedBy: core('are given back to those who have time for them'),
  },
  {
    name: 'cancelled-in-the-buffer',
    says: 'a task that was cancelled before it began still runs',
    edits: [
      {
        in: 'core',
        find: 'if (!held.gone) this.#started(start(held), held, 0)',
        replace: 'this.#started(start(held), held, 0)',
      },
    ],
    killedBy: core('are not run when they are cancelled before their turn comes'),
  },
  {
    name: 'late-claim-started-blindly',
    says: 'a task that another worker has by now runs twice',
    edits: [{ in: 'core', find: 'ageMs > leaseMs / 2', replace: 'false' }],
    killedBy: core('starts nothing that another worker has by now'),
  },
  {
    name: 'quiet-worker-goes-on',
    says: 'a worker still begins the tasks of a late reply after `quiet()`',
    edits: [{ in: 'core', find: 'if (isShut) returns', replace: 'if (number < 0) returns' }],
    killedBy: core('are given back, uncharged, and run elsewhere'),
  },
  {
    name: 'settlements-without-bound',
    says: 'large results of one moment block Redis, or are refused for ever',
    edits: [
      {
        in: 'core',
        find: 'if (count > 0 && bytes > MAX_BATCH_BYTES) return count',
        replace: '',
      },
    ],
    killedBy: core('go out in turns of at most 4 MiB, and none is lost'),
  },
  {
    name: 'pause-keeps-the-buffer',
    says: 'after a pause, handlers of tasks that were claimed ahead still begin',
    edits: [
      { in: 'core', find: 'gate.pause(lanes.count)', replace: 'ticker.kick()' },
      { in: 'core', find: 'gate.answered(number, reply.paused === true)', replace: '' },
    ],
    killedBy: memory('gives back what is held and not started when the queue is paused'),
  },
  {
    name: 'busy-slots-count-as-free',
    says: 'a burst waits in a worker that has one slot free of long tasks, while another worker is idle',
    edits: [
      {
        in: 'core',
        find: 'slots.capacity - slots.longRunning(now)',
        replace: 'slots.capacity',
      },
      {
        in: 'core',
        find: 'if (this.#timer !== undefined || oldestSince === undefined) return',
        replace: 'return',
      },
      {
        in: 'core',
        find: 'if (at - bufferedAt >= waitMs + MOST_WAIT_MS) this.#parts.returns.tooLate()',
        replace: '',
      },
    ],
    killedBy: core('when all slots but one are held for long, another worker gets most of a burst'),
  },
  {
    name: 'hostile-value-described-carelessly',
    says: 'a thrown Proxy leaves its task pending and its slot lost, and ends its worker after a few of them',
    edits: [
      {
        in: 'core',
        find: 'if (!isReadable(thrown)) return new Error(textOf(thrown))',
        replace: '',
      },
    ],
    killedBy: core('from a handler'),
  },
]
