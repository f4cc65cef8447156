import type { Killer, Mutant } from './mutant.ts'

const ENGINE = 'packages/core/src/engine'
const core = (file: string, test: string): Killer => ({ file: `packages/core-tests/test/${file}.test.ts`, test })
const conformance = (test: string): Killer => ({ file: 'packages/memory-adapter/test/conformance.test.ts', test })

/** Defects of the worker engine. */
export const engineMutants: readonly Mutant[] = [
  {
    name: 'hint-during-claim-ignored',
    says: 'a task that arrives as its worker falls asleep waits for the next poll',
    edits: [{ file: `${ENGINE}/claimer.ts`, find: 'else if (this.#dirty)', replace: 'else if (false)' }],
    killedBy: core('engine/late-replies', 'is not forgotten for a turn that only settles'),
  },
  {
    name: 'settling-turn-cleans-the-mark',
    says: 'the same, when a turn that only settles is sent between hint and reply',
    edits: [{ file: `${ENGINE}/claimer.ts`, find: 'if (want > 0) this.#dirty', replace: 'this.#dirty' }],
    killedBy: core('engine/late-replies', 'is not forgotten for a turn that only settles'),
  },
  {
    name: 'ready-unasked',
    says: 'a health check calls a worker ready that cannot claim',
    edits: [
      {
        file: `${ENGINE}/answers.ts`,
        find: '    ticker.kick()\n',
        replace: '    this.came(Infinity)\n',
      },
    ],
    killedBy: {
      file: 'packages/redis-adapter/test/outage/readiness.test.ts',
      test: 'while writes are paused, and is when that is over',
    },
  },
  {
    name: 'leases-never-prolonged',
    says: 'a handler that takes longer than a lease runs twice at once',
    edits: [{ file: `${ENGINE}/lease-keeper.ts`, find: 'if (this.#timer === undefined) this.#arm()', replace: '' }],
    killedBy: core('engine/leases', 'keeps its task for itself, however long and whoever looks'),
  },
  {
    name: 'lease-counted-from-the-reply',
    says: 'after a slow claim a lease ends before it is prolonged, and its task runs twice',
    edits: [
      {
        file: `${ENGINE}/lease-keeper.ts`,
        find: 'held.extendAt = claimedAt +',
        replace: 'held.extendAt = this.#parts.services.clock.now() +',
      },
      {
        file: `${ENGINE}/turn-loop.ts`,
        find: 'ageMs > leaseMs / 6',
        replace: 'false',
      },
      {
        file: `${ENGINE}/turn-loop.ts`,
        find: 'ageMs > leaseMs / 2',
        replace: 'false',
      },
    ],
    killedBy: core('engine/late-replies', 'is prolonged at once, since its lease runs from the first try'),
  },
  {
    name: 'refused-settlements-dropped',
    says: 'a task that was done runs again when its lease is over, since nobody said that it was done',
    edits: [
      {
        file: `${ENGINE}/settler.ts`,
        find: 'this.#waiting = [...settlements, ...this.#waiting]',
        replace: '',
      },
    ],
    killedBy: core('engine/refusals', 'loses no settlement: each task is run once and ends'),
  },
  {
    name: 'repeated-turn-is-a-new-one',
    says: 'a cut connection costs a claim: its tasks stand still for a lease and are charged with a crash',
    edits: [
      {
        file: `${ENGINE}/lanes.ts`,
        find: '{ ...turn, repeat: true }',
        replace: '{ ...turn, repeat: true, lane: `${turn.lane}~${tries}` }',
      },
    ],
    killedBy: core('engine/late-replies', 'is no lost lease: nobody is warned'),
  },
  {
    name: 'early-cancellation-forgotten',
    says: 'a task that was cancelled as it was claimed runs nevertheless',
    edits: [
      {
        file: `${ENGINE}/turn-loop.ts`,
        find: 'if (gate.wasCancelled(task.lease)) continue',
        replace: '',
      },
    ],
    killedBy: core('engine/late-replies', 'keeps the task from being run, and the worker goes on'),
  },
  {
    name: 'one-attempt-too-many',
    says: 'a task runs once more than its queue allows',
    edits: [
      {
        file: `${ENGINE}/retry-policy.ts`,
        find: 'failures >= rules.attempts',
        replace: 'failures > rules.attempts',
      },
    ],
    killedBy: conformance('buries a task when its attempts are used up'),
  },
  {
    name: 'suspect-not-alone',
    says: 'a task that kills its process takes its neighbours along, and they are charged',
    edits: [{ file: `${ENGINE}/triage.ts`, find: "? 'alone' : 'run'", replace: "? 'run' : 'run'" }],
    killedBy: core('engine/suspects', 'while it runs gives its worker free when its handler ends'),
  },
  {
    name: 'late-outcome-counts',
    says: 'a handler that ignored its timeout still completes its task, which is retried as well',
    edits: [
      {
        file: `${ENGINE}/executor.ts`,
        find: 'if (execution.over) return\n    execution.over = true',
        replace: 'execution.over = false',
      },
    ],
    killedBy: core('engine/timeouts', 'on its result counts once, though the schema passes later'),
  },
  {
    name: 'no-poll-of-a-sleeping-worker',
    says: 'a lost hint leaves a task waiting until the next one comes, perhaps for ever',
    edits: [
      {
        file: `${ENGINE}/claimer.ts`,
        find: 'schedule(() => this.#look(), Math.min(pollMs, nextDueInMs ?? pollMs))',
        replace: 'schedule(() => this.#look(), nextDueInMs ?? 600_000)',
      },
    ],
    killedBy: core('engine/lost-hints', 'a sleeping worker finds a task by its next poll'),
  },
  {
    name: 'worker-ignores-a-reconnection',
    says: 'what came while the connection was down waits for the next poll',
    edits: [{ file: `${ENGINE}/hearing.ts`, find: "hint.kind === 'reconnected'", replace: 'false' }],
    killedBy: core('engine/lost-hints', 'a sleeping worker looks at once for what it may have missed'),
  },
  {
    name: 'stuck-handler-counts-for-ever',
    says: 'handlers that ignore their timeout block their worker, one place each',
    edits: [
      {
        file: `${ENGINE}/executor.ts`,
        find: '      this.#free(execution)\n    }, STUCK_AFTER_MS)',
        replace: '    }, STUCK_AFTER_MS)',
      },
    ],
    killedBy: core('engine/slow-handlers', 'does not block its worker for ever'),
  },
  {
    name: 'claimed-ahead-and-kept',
    says: 'tasks wait behind a slow one while other workers are idle',
    edits: [
      {
        file: `${ENGINE}/wait-guard.ts`,
        find: 'if (this.#timer !== undefined || oldestSince === undefined) return',
        replace: 'return',
      },
    ],
    killedBy: core('engine/slow-handlers', 'are given back to those who have time for them'),
  },
  {
    name: 'cancelled-in-the-buffer',
    says: 'a task that was cancelled before it began runs nevertheless',
    edits: [{ file: `${ENGINE}/executor.ts`, find: 'if (held.gone) continue', replace: '' }],
    killedBy: core('engine/slow-handlers', 'are not run when they are cancelled before their turn comes'),
  },
  {
    name: 'late-claim-started-blindly',
    says: 'a task that another worker has by now runs twice',
    edits: [{ file: `${ENGINE}/turn-loop.ts`, find: 'ageMs > leaseMs / 2', replace: 'false' }],
    killedBy: core('engine/late-replies', 'starts nothing that another worker has by now'),
  },
  {
    name: 'quiet-worker-goes-on',
    says: 'a worker that is to be quiet still begins what a late reply brings',
    edits: [{ file: `${ENGINE}/turn-loop.ts`, find: 'if (isShut) returns', replace: 'if (number < 0) returns' }],
    killedBy: core('engine/slow-handlers', 'are given back, uncharged, and run elsewhere'),
  },
  {
    name: 'settlements-without-bound',
    says: 'large results of one moment block Redis, or are refused for ever',
    edits: [
      {
        file: `${ENGINE}/settler.ts`,
        find: 'if (count > 0 && bytes > MAX_BATCH_BYTES) return count',
        replace: '',
      },
    ],
    killedBy: core('engine/large-results', 'go out in turns of at most 4 MiB, and none is lost'),
  },
  {
    name: 'pause-keeps-the-buffer',
    says: 'after a pause, handlers of tasks that were claimed ahead still begin',
    edits: [
      { file: `${ENGINE}/hearing.ts`, find: 'gate.pause(lanes.count)', replace: 'ticker.kick()' },
      { file: `${ENGINE}/turn-loop.ts`, find: 'if (reply.paused) gate.pause(number)', replace: '' },
    ],
    killedBy: conformance('gives back what is held and not started when the queue is paused'),
  },
  {
    name: 'busy-slots-count-as-free',
    says: 'a burst waits in a worker whose slots are all held for long but one, while another worker is idle',
    edits: [
      {
        file: `${ENGINE}/claimer.ts`,
        find: 'slots.concurrency - slots.longRunning(now)',
        replace: 'slots.concurrency',
      },
      {
        file: `${ENGINE}/wait-guard.ts`,
        find: 'if (this.#timer !== undefined || oldestSince === undefined) return',
        replace: 'return',
      },
      {
        file: `${ENGINE}/executor.ts`,
        find: 'if (startedAt - held.bufferedAt >= MOST_WAIT_MS) returns.tooLate()',
        replace: '',
      },
    ],
    killedBy: core('engine/prefetch', 'when all slots but one are held for long, another worker gets most of a burst'),
  },
  {
    name: 'hostile-value-described-carelessly',
    says: 'a thrown Proxy leaves its task pending and its slot lost, and ends its worker after a few of them',
    edits: [
      {
        file: 'packages/core/src/errors.ts',
        find: 'if (!isReadable(thrown)) return new Error(textOf(thrown))',
        replace: '',
      },
    ],
    killedBy: core('values/hostile', 'from a handler'),
  },
]
