import { memory, redis } from '../killers.ts'
import type { Mutant } from '../mutant.ts'

/** Defects of the adapters around the scripts, and of the one that has none. */
export const adapterMutants: readonly Mutant[] = [
  {
    name: 'enqueue-in-two-steps',
    says: 'a batch that must be enqueued as a whole is enqueued half when another call comes between',
    edits: [
      {
        in: 'redis-adapter',
        find: 'async enqueue(batch: EnqueueBatch): Promise<readonly Receipt[]> {',
        replace: `async enqueue(batch: EnqueueBatch): Promise<readonly Receipt[]> {
          if (batch.tasks.length > 1) {
            const first = { ...batch, lane: batch.lane + '~' + batch.tasks.length, tasks: batch.tasks.slice(0, 1) }
            return [...(await this.enqueue(first)), ...(await this.enqueue({ ...batch, tasks: batch.tasks.slice(1) }))]
          }`,
      },
    ],
    killedBy: redis('takes nothing of an atomic batch with a conflict'),
  },
  {
    name: 'scripts-sent-once',
    says: 'after a failover or SCRIPT FLUSH every call fails until the process is restarted',
    edits: [
      {
        in: 'redis-adapter',
        find: 'if (!isNoScript(thrown)) throw explained(thrown, script, at.client)',
        replace:
          'const known = at.client as any\n    if (!isNoScript(thrown) || known[script.sha]) throw explained(thrown, script, at.client)\n    known[script.sha] = true',
      },
    ],
    killedBy: {
      ...redis('surfaces no error when the scripts are flushed every 50 ms under load'),
      sees: 'NOSCRIPT',
    },
  },
  {
    name: 'databases-share-topics',
    says: 'staging in database 1 receives what production in database 2 publishes',
    edits: [{ in: 'redis-adapter', find: "return db === 0 ? '' : `:${db}`", replace: "return db < 0 ? `:${db}` : ''" }],
    killedBy: redis('by url, brokers of one database share channels and hints, those of two share nothing'),
  },
  {
    name: 'replicas-not-awaited',
    says: 'a planned failover loses tasks that were acknowledged with durability on',
    edits: [
      {
        in: 'redis-adapter',
        find: 'await server.replicas?.confirm(script.name, runId)',
        replace: 'server.replicas?.confirm(script.name, runId).catch(() => undefined)',
      },
    ],
    killedBy: redis('a confirmation of another server does not count'),
  },
  {
    name: 'publish-overtakes',
    says: 'after a failover or SCRIPT FLUSH a publish overtakes the one before it, which is then refused and lost',
    edits: [
      {
        in: 'redis-adapter',
        find: 'await call(earlier.id)',
        replace: 'await call(undefined)',
      },
    ],
    killedBy: {
      ...redis('are all done, once and in order, with history, when the first finds no script and the second does'),
      sees: 'is no longer known',
    },
  },
  {
    name: 'not-subscribed-again',
    says: 'after a reconnection a process receives nothing more: all its hints are lost',
    edits: [
      {
        in: 'redis-adapter',
        find: 'plain.size > 0 && client.subscribe(...plain.keys())',
        replace: 'false',
      },
    ],
    killedBy: redis('is subscribed to all it was subscribed to before it counts as live'),
  },
  {
    name: 'interruption-not-reported',
    says: 'what happened while the connection was down is noticed a poll later',
    edits: [
      {
        in: 'redis-adapter',
        find: '() => this.#each(followed, (listener) => listener.onInterruption())',
        replace: '() => undefined',
      },
    ],
    killedBy: redis('reports to its listeners that they may have missed something, once'),
  },
  {
    name: 'full-server-forgets-the-answer',
    says: 'a repeated enqueue is refused as full though its task is there',
    edits: [
      {
        in: 'redis-adapter',
        find: "if (typeof known === 'string') return known",
        replace: '',
      },
    ],
    killedBy: {
      ...redis('is answered as the first time if it was done, and refused if it was not'),
      sees: 'OOM',
    },
  },
  {
    name: 'memory-settle-ignores-the-lease',
    says: 'a worker that was stopped for longer than its lease settles a task that another worker has now',
    edits: [
      {
        in: 'memory-adapter',
        within: 'QueueState',
        find: 'return task?.lease === lease ? task : undefined',
        replace: "return task?.place === 'leased' ? task : undefined",
      },
    ],
    killedBy: memory('refuses every settlement of a lease that went to another worker'),
  },
  {
    name: 'memory-token-given-twice',
    says: 'a settlement of an earlier delivery is accepted as one of the newest',
    edits: [{ in: 'memory-adapter', find: 'task.runs++', replace: '' }],
    killedBy: memory('never uses a lease token twice, however often a task runs'),
  },
  {
    name: 'memory-repeated-turn-runs-again',
    says: 'a repeated turn claims more, and what it claimed first waits for a lease',
    edits: [
      {
        in: 'memory-adapter',
        find: 'if (seq === last.seq) return last.reply',
        replace: 'if (seq === last.seq) return undefined',
      },
    ],
    killedBy: memory('gives a repeated turn the same claims, and claims nothing more'),
  },
]
