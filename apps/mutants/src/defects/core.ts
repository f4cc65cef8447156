import { core, memory, redis } from '../killers.ts'
import type { Mutant } from '../mutant.ts'

/** Defects of the rest of core: producers, those who wait for results, channels. */
export const coreMutants: readonly Mutant[] = [
  {
    name: 'two-definitions-as-one',
    says: 'a queue with two definitions follows the one that came first, without an error',
    edits: [
      {
        in: 'core',
        find: 'if (option === undefined) return first',
        replace: 'if (option !== null) return first',
      },
    ],
    killedBy: core('are refused where they differ, which is said'),
  },
  {
    name: 'values-change-silently',
    says: 'a Map, NaN or an object of a class reaches the handler as something else',
    edits: [{ in: 'core', find: 'jsonChangeIn(value, judged)', replace: 'undefined' }],
    killedBy: memory('refuses a payload that would not come back equal, with its path, and adds nothing'),
  },
  {
    name: 'repeated-enqueue-is-a-new-one',
    says: 'a cut connection turns one enqueue into two tasks',
    edits: [
      {
        in: 'core',
        find: '() => this.#driver.enqueue({ lane, seq, ...batch })',
        replace: '(tries) => this.#driver.enqueue({ lane: `${lane}~${tries}`, seq, ...batch })',
      },
    ],
    killedBy: redis('leaves one task when it was the reply to an enqueue'),
  },
  {
    name: 'quiet-channel-not-asked',
    says: 'the loss of the last message of a channel is not reported',
    edits: [{ in: 'core', find: 'if (!this.#heard) onQuiet()', replace: '' }],
    killedBy: memory('reports within five seconds that the last message was lost'),
  },
  {
    name: 'publish-sent-again',
    says: 'a cut connection sends a message twice',
    edits: [{ in: 'core', find: 'onlyUnsent: true', replace: 'onlyUnsent: false' }],
    killedBy: redis('sends a message once, and says that it does not know, when it was the reply to a publish'),
  },
  {
    name: 'early-end-forgotten',
    says: 'a wait for a task by its own id ends a poll later',
    edits: [
      {
        in: 'core',
        find: 'for (const { ends } of this.#looks) ends.set(hint.n, ending)',
        replace: '',
      },
    ],
    killedBy: core('is not forgotten for who awaits the task by its own id'),
  },
  {
    name: 'no-poll-for-an-outcome',
    says: 'after a lost hint a caller that awaits a result waits for ever',
    edits: [
      {
        in: 'core',
        find: '    this.#roundAt = now\n    void this.#look(batch)',
        replace: '    this.#roundAt = now',
      },
    ],
    killedBy: core('who awaits a result for 10000 ms has it by the next look'),
  },
  {
    name: 'waiter-ignores-a-reconnection',
    says: 'a result that came while the connection was down is noticed a poll later',
    edits: [
      {
        in: 'core',
        within: 'OutcomeWatcher',
        find: "hint.kind === 'reconnected'",
        replace: 'false',
      },
    ],
    killedBy: core('who awaits a result asks at once for the end that it may have missed'),
  },
  {
    name: 'subscriber-without-bound',
    says: 'a slow subscriber fills the memory of its process',
    edits: [
      {
        in: 'core',
        find: 'if (this.#waiting.size < size) this',
        replace: 'if (true) this',
      },
    ],
    killedBy: core('is kept no more messages than its buffer holds, and gets the number that it lost'),
  },
  {
    name: 'one-feed-for-all',
    says: 'a stuck subscriber stops all others of its process',
    edits: [
      {
        in: 'core',
        find: 'await (item instanceof Losses ? this.#tell(item) : this.#deliver(item))',
        replace:
          'await ((globalThis as any).feed = Promise.resolve((globalThis as any).feed).then(() => item instanceof Losses ? this.#tell(item) : this.#deliver(item!)))',
      },
    ],
    killedBy: memory('keeps a handler that never returns from delaying any other'),
  },
]
