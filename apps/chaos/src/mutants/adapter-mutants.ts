import type { Killer, Mutant } from './mutant.ts'

const MEMORY = 'packages/memory-adapter/src'
const REDIS = 'packages/redis-adapter/src'
const redis = (file: string, test: string): Killer => ({ file: `packages/redis-adapter/test/${file}.test.ts`, test })
const memory = (file: string, test: string): Killer => ({ file: `packages/memory-adapter/test/${file}.test.ts`, test })

/** Defects of the adapters around the scripts, and of the one that has none. */
export const adapterMutants: readonly Mutant[] = [
  {
    name: 'enqueue-in-two-steps',
    says: 'a batch that should be there as a whole is half there when something comes between',
    edits: [
      {
        file: `${REDIS}/redis-queue.ts`,
        find: 'async enqueue(batch: EnqueueBatch) {',
        replace: `async enqueue(batch: EnqueueBatch) {
          if (batch.tasks.length > 1) {
            const first = { ...batch, lane: batch.lane + '~' + batch.tasks.length, tasks: batch.tasks.slice(0, 1) }
            return [...(await this.enqueue(first)), ...(await this.enqueue({ ...batch, tasks: batch.tasks.slice(1) }))]
          }`,
      },
    ],
    killedBy: redis('conformance', 'takes nothing of an atomic batch with a conflict'),
  },
  {
    name: 'scripts-sent-once',
    says: 'after a failover or SCRIPT FLUSH every call fails until the process is restarted',
    edits: [
      {
        file: `${REDIS}/participant.ts`,
        find: 'if (!isNoScript(thrown)) throw explained(thrown, script, client)',
        replace:
          'const known = client as any\n    if (!isNoScript(thrown) || known[script.sha]) throw explained(thrown, script, client)\n    known[script.sha] = true',
      },
    ],
    killedBy: {
      ...redis('outage/restart', 'surfaces no error when the scripts are flushed every 50 ms under load'),
      sees: 'NOSCRIPT',
    },
  },
  {
    name: 'databases-share-topics',
    says: 'staging in database 1 hears what production in database 2 publishes',
    edits: [
      { file: `${REDIS}/keys.ts`, find: "return db === 0 ? '' : `:${db}`", replace: "return db < 0 ? `:${db}` : ''" },
    ],
    killedBy: redis(
      'client/databases',
      'by url, brokers of one database share channels and hints, those of two share nothing',
    ),
  },
  {
    name: 'replicas-not-awaited',
    says: 'a planned failover loses tasks that were acknowledged with durability on',
    edits: [
      {
        file: `${REDIS}/participant.ts`,
        find: 'await replicas.confirm(script.name, runId)',
        replace: 'replicas.confirm(script.name, runId).catch(() => undefined)',
      },
    ],
    killedBy: redis('outage/durability', 'a confirmation of another server does not count'),
  },
  {
    name: 'publish-overtakes',
    says: 'after a failover or SCRIPT FLUSH a publish overtakes the one before it, which is then refused and lost',
    edits: [
      {
        file: `${REDIS}/in-order.ts`,
        find: 'await call(earlier?.id)',
        replace: 'await call(undefined)',
      },
    ],
    killedBy: {
      ...redis(
        'scripts/forgotten-scripts',
        'are all done, once and in order, with history, when the first finds no script and the second does',
      ),
      sees: 'is not known any more',
    },
  },
  {
    name: 'not-subscribed-again',
    says: 'after a reconnection a process hears nothing more: all its hints are lost',
    edits: [
      {
        file: `${REDIS}/hints.ts`,
        find: 'plain.size > 0 && client.subscribe(...plain.keys())',
        replace: 'false',
      },
    ],
    killedBy: redis('redis-channel/heard-again', 'is subscribed to all it was subscribed to before it counts as live'),
  },
  {
    name: 'interruption-not-told',
    says: 'what happened while the connection was down is noticed a poll later',
    edits: [
      {
        file: `${REDIS}/hints.ts`,
        find: '() => this.#each(followed, (listener) => listener.onInterruption())',
        replace: '() => undefined',
      },
    ],
    killedBy: redis('redis-channel/heard-again', 'tells its listeners that they may have missed something, once'),
  },
  {
    name: 'full-server-forgets-the-answer',
    says: 'a repeated enqueue is refused as full though its task is there',
    edits: [
      {
        file: `${REDIS}/redis-queue.ts`,
        find: "if (typeof known === 'string') return known",
        replace: '',
      },
    ],
    killedBy: {
      ...redis('scripts/full-memory-repeat', 'is answered as the first time if it was done, and refused if it was not'),
      sees: 'OOM',
    },
  },
  {
    name: 'memory-settle-ignores-the-lease',
    says: 'a worker that stood still commits over the one that has its task now',
    edits: [
      {
        file: `${MEMORY}/queue-state.ts`,
        find: 'return task?.lease === lease ? task : undefined',
        replace: "return task?.place === 'leased' ? task : undefined",
      },
    ],
    killedBy: memory('conformance', 'refuses every settlement of a lease that went to another worker'),
  },
  {
    name: 'memory-token-given-twice',
    says: 'a settlement of an earlier delivery is taken for one of the newest',
    edits: [{ file: `${MEMORY}/leases.ts`, find: 'task.runs++', replace: '' }],
    killedBy: memory('conformance', 'never uses a lease token twice, however often a task runs'),
  },
  {
    name: 'memory-repeated-turn-runs-again',
    says: 'a repeated turn claims more, and what it claimed first stands still for a lease',
    edits: [
      {
        file: `${MEMORY}/lanes.ts`,
        find: 'if (seq === last.seq) return last.reply',
        replace: 'if (seq === last.seq) return undefined',
      },
    ],
    killedBy: memory('conformance', 'gives a repeated turn the same claims, and claims nothing more'),
  },
]
