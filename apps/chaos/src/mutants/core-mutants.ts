import type { Killer, Mutant } from './mutant.ts'

const ENGINE = 'packages/core/src/engine'
const memory = (file: string, test: string): Killer => ({ file: `packages/memory-adapter/test/${file}.test.ts`, test })
const cut = (test: string): Killer => ({ file: 'packages/redis-adapter/test/outage-cut.test.ts', test })
const conformance = (test: string): Killer => memory('conformance', test)

/** Defects of what core decides: the worker engine, the producers, the channels' bookkeeping. */
export const coreMutants: readonly Mutant[] = [
  {
    name: 'hint-during-claim-ignored',
    says: 'a task that arrives as its worker falls asleep waits for the next poll',
    edits: [
      {
        file: `${ENGINE}/claimer.ts`,
        find: 'else if (this.#dirty)',
        replace: 'else if (false)',
      },
    ],
    killedBy: memory('engine-late-replies', 'is not forgotten for a turn that only settles'),
  },
  {
    name: 'settling-turn-cleans-the-mark',
    says: 'the same, when a turn that only settles is sent between hint and reply',
    edits: [{ file: `${ENGINE}/claimer.ts`, find: 'if (want > 0) this.#dirty', replace: 'this.#dirty' }],
    killedBy: memory('engine-late-replies', 'is not forgotten for a turn that only settles'),
  },
  {
    name: 'leases-never-prolonged',
    says: 'a handler that takes longer than a lease runs twice at once',
    edits: [{ file: `${ENGINE}/lease-keeper.ts`, find: 'if (this.#timer === undefined) this.#arm()', replace: '' }],
    killedBy: memory('engine-leases', 'keeps its task for itself, however long and whoever looks'),
  },
  {
    name: 'lease-counted-from-the-reply',
    says: 'after a slow claim a lease ends before it is prolonged, and its task runs twice',
    edits: [
      {
        file: `${ENGINE}/lease-keeper.ts`,
        find: 'held.extendAt = claimedAt +',
        replace: 'held.extendAt = this.#services.clock.now() +',
      },
      {
        file: `${ENGINE}/task-worker.ts`,
        find: 'this.services.clock.now() - sentAt > this.#leaseMs / 6',
        replace: 'false',
      },
    ],
    killedBy: memory('engine-late-replies', 'is prolonged at once, since its lease runs from the first try'),
  },
  {
    name: 'no-extending-after-an-outage',
    says: 'who comes back first after an outage takes the tasks that others still run',
    edits: [
      {
        file: `${ENGINE}/task-worker.ts`,
        find: 'afterOutage: () => this.#keeper.extendAll()',
        replace: 'afterOutage: () => Promise.resolve()',
      },
    ],
    killedBy: memory('engine-leases', 'prolongs what it holds before it claims'),
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
    killedBy: memory('engine-refusals', 'loses no settlement: each task is run once and ends'),
  },
  {
    name: 'repeated-turn-is-a-new-one',
    says: 'a cut connection costs a claim: its tasks stand still for a lease and are charged with a crash',
    edits: [
      {
        file: `${ENGINE}/turns.ts`,
        find: '{ ...turn, repeat: true }',
        replace: '{ ...turn, repeat: true, lane: `${turn.lane}~${tries}` }',
      },
    ],
    killedBy: memory('engine-late-replies', 'is no lost lease: nobody is warned'),
  },
  {
    name: 'early-cancellation-forgotten',
    says: 'a task that was cancelled as it was claimed runs nevertheless',
    edits: [
      {
        file: `${ENGINE}/task-worker.ts`,
        find: 'if (this.#cancelledEarly.has(task.lease)) return',
        replace: '',
      },
    ],
    killedBy: memory('engine-late-replies', 'keeps the task from being run, and the worker goes on'),
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
    killedBy: conformance('runs a task alone that lost its worker twice'),
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
    killedBy: memory('engine-timeouts', 'on its result counts once, though the schema passes later'),
  },
  {
    name: 'repeated-enqueue-is-a-new-one',
    says: 'a cut connection turns one order into two',
    edits: [
      {
        file: 'packages/core/src/queue/enqueuer.ts',
        find: '() => this.#driver.enqueue({ lane, seq, ...batch })',
        replace: '(tries) => this.#driver.enqueue({ lane: `${lane}~${tries}`, seq, ...batch })',
      },
    ],
    killedBy: cut('leaves one task when it was the reply to an enqueue'),
  },
  {
    name: 'quiet-channel-not-asked',
    says: 'nobody learns that the last message of a channel was lost',
    edits: [{ file: 'packages/core/src/channel/hub.ts', find: 'if (!this.#heard) this.#ask()', replace: '' }],
    killedBy: conformance('tells within five seconds that the last message was lost'),
  },
  {
    name: 'publish-sent-again',
    says: 'a cut connection sends a message twice',
    edits: [
      { file: 'packages/core/src/channel/create-channel.ts', find: 'onlyUnsent: true', replace: 'onlyUnsent: false' },
    ],
    killedBy: cut('sends a message once, and says that it does not know, when it was the reply to a publish'),
  },
  {
    name: 'early-end-forgotten',
    says: 'who awaits a task by its own id hears of its end a poll later',
    edits: [
      {
        file: 'packages/core/src/queue/outcome-watcher.ts',
        find: 'for (const early of this.#looks) early.set(hint.n, ending)',
        replace: '',
      },
    ],
    killedBy: memory('calls-late-reading', 'is not forgotten for who awaits the task by its own id'),
  },
]
