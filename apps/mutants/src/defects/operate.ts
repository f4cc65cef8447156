import { core, memory, redis } from '../killers.ts'
import type { Mutant } from '../mutant.ts'

/** Defects of what operators see and do: workers of other processes, logs, the report on the storage. */
export const operateMutants: readonly Mutant[] = [
  {
    name: 'order-carried-out-again',
    says: 'a worker that its own process resumed is quiet again ten seconds later',
    edits: [
      {
        in: 'core',
        find: 'if (order === undefined || order.n <= noted.obeyed) continue',
        replace: 'if (order === undefined) continue',
      },
      {
        in: 'core',
        find: 'this.#carryOut(worker, readOrder(order.what))\n      this.#arrived.add(worker)',
        replace: 'this.#carryOut(worker, readOrder(order.what))',
      },
    ],
    killedBy: core('counts once: what its own process does afterwards stays'),
  },
  {
    name: 'killed-worker-counted',
    says: 'metrics and explanations of groups count workers that were killed for a minute',
    edits: [{ in: 'core', find: 'alive: seenAgoMs <=', replace: 'alive: 0 <=' }],
    killedBy: memory(
      'says that a worker is gone which does not report itself, and counts it as no member of its group',
    ),
  },
  {
    name: 'stop-cuts-off',
    says: 'a worker that an operator stops cuts off what it runs at once',
    edits: [
      {
        in: 'core',
        find: 'void this.close().catch',
        replace: 'void this.close({ deadlineMs: 0 }).catch',
      },
    ],
    killedBy: core('is closed as by its own program, with ten seconds for what runs, and logs who asked'),
  },
  {
    name: 'stop-overrules-its-program',
    says: 'the deadline that a program gives its worker when an operator stops it does not count',
    edits: [
      {
        in: 'core',
        find: 'this.#onStop?.({ by })',
        replace: 'Promise.resolve().then(() => this.#onStop?.({ by }))',
      },
    ],
    killedBy: core('is closed by its onStop, where that has another deadline, or closes the whole broker'),
  },
  {
    name: 'stop-hangs-on-its-program',
    says: 'a worker whose program fails when it is stopped goes on for ever',
    edits: [
      {
        in: 'core',
        find: 'surface($thrown)\n    }\n    this.#closeByItself()',
        replace: 'return surface($thrown)\n    }\n    this.#closeByItself()',
      },
    ],
    killedBy: core('is closed also where its onStop throws, which is reported'),
  },
  {
    name: 'order-heard-late',
    says: 'a worker that an operator quiets claims on for up to ten seconds',
    edits: [
      {
        in: 'core',
        find: 'if (this.#ear !== undefined || this.#registry.listen === undefined) return',
        replace: 'if (this.#ear === undefined) return',
      },
    ],
    killedBy: memory('quiets a worker from another process, and lets it claim again'),
  },
  {
    name: 'order-reported-late',
    says: 'an operator sees a worker that is quiet as working for ten more seconds',
    edits: [
      {
        in: 'core',
        find: 'this.#carryOut(worker, readOrder(order.what))\n      this.#arrived.add(worker)',
        replace: 'this.#carryOut(worker, readOrder(order.what))',
      },
    ],
    killedBy: core('is found with the next report, without a hint, and what it changed is reported at once'),
  },
  {
    name: 'order-numbered-from-one',
    says: 'a worker that the storage forgot for a while ignores each order',
    edits: [
      {
        in: 'redis-adapter',
        find: 'math.max(now, #n < 14 and n + 1 or 1)',
        replace: '(#n < 14 and n + 1 or 1)',
      },
    ],
    killedBy: redis('skips orders that another program wrote, and sends no hint where another one wrote the topic'),
  },
  {
    name: 'dead-worker-listed',
    says: 'a worker that was killed is listed for ever',
    edits: [
      {
        in: 'redis-adapter',
        find: "'(' .. string.format('%.0f', now - ${WORKER_KEPT_MS})",
        replace: "'-inf'",
      },
      {
        in: 'redis-adapter',
        find: "redis.call('ZRANGEBYSCORE', seen, '-inf', now - ${WORKER_KEPT_MS}, 'LIMIT', 0, 1000)",
        replace: '{}',
      },
    ],
    killedBy: redis('lists a worker that was killed for a minute at the most, and then drops it'),
  },
  {
    name: 'order-kept-with-nobody',
    says: 'orders of workers that ended stay in Redis for ever',
    edits: [
      {
        in: 'redis-adapter',
        find: "if hasOrders then redis.call('HDEL', orders, unpack($gone)) end",
        replace: '',
      },
    ],
    killedBy: redis('is four keys of one slot, without an end, and grows with nothing but names and workers'),
  },
  {
    name: 'log-in-one-line',
    says: 'a line break in what a handler logs makes two lines of it, and a forged one',
    edits: [
      {
        in: 'core',
        within: 'written',
        find: 'const line = JSON.stringify(text.slice(0, MAX_CHARACTERS))',
        replace: 'const line = `"${text.slice(0, MAX_CHARACTERS)}"`',
      },
    ],
    killedBy: memory(
      'keeps the last lines of a handler that logs a lot, and counts the others; nothing it passes fails it',
    ),
  },
  {
    name: 'lost-lines-not-counted',
    says: 'a log misses lines that could not be stored, and does not say so',
    edits: [{ in: 'core', find: "this.#dropped += body.split('\\n').length + dropped", replace: '' }],
    killedBy: core('that cannot be stored is counted by the next, and fails nobody'),
  },
  {
    name: 'memory-log-without-bound',
    says: 'a handler that logs a lot fills the memory of the process',
    edits: [
      {
        in: 'memory-adapter',
        within: 'addLog',
        find: 'let first = Math.max(0, lines.length - MAX_LOG_LINES)',
        replace: 'let first = 0',
      },
    ],
    killedBy: memory('keeps the last lines of a long one, in number and in bytes, and counts the others'),
  },
  {
    name: 'report-refused-as-a-whole',
    says: 'where a provider forbids CONFIG there is no report on the storage at all',
    edits: [
      {
        in: 'redis-adapter',
        within: 'allowed',
        find: 'return undefined',
        replace: 'throw thrown',
      },
    ],
    killedBy: {
      ...redis('reports to a user who may do only what mq needs, and says what it did not see'),
      sees: 'NOPERM',
    },
  },
  {
    name: 'hidden-settings-read-as-off',
    says: 'a server whose settings are hidden is reported as one that keeps nothing on disk',
    edits: [
      {
        in: 'redis-adapter',
        within: 'findPersistence',
        find: "settings === undefined ? undefined : (settings.get('save') ?? '') !== ''",
        replace: "(settings?.get('save') ?? '') !== ''",
      },
    ],
    killedBy: redis('without an append-only file is known without its settings, too'),
  },
  {
    name: 'replicas-not-looked-for',
    says: 'a report is content with a server whose replicas are gone, though each enqueue waits for them',
    edits: [
      {
        in: 'redis-adapter',
        find: 'reportServer(command, durability?.replicas ?? 0)',
        replace: 'reportServer(command, 0)',
      },
    ],
    killedBy: redis('finds that nobody confirms what has to be confirmed'),
  },
  {
    name: 'finding-buried-among-others',
    says: 'the error of a server is the last line of its report',
    edits: [
      {
        in: 'redis-adapter',
        find: 'ORDER.indexOf(a.level) - ORDER.indexOf(b.level)',
        replace: 'ORDER.indexOf(b.level) - ORDER.indexOf(a.level)',
      },
    ],
    killedBy: redis('has the worst first'),
  },
  {
    name: 'report-not-repeated',
    says: 'a report on the storage fails with each connection that is cut',
    edits: [
      {
        in: 'core',
        find: 'return repeatUntilKnown(services, () => storage.report!(), { timeoutMs: services.operationTimeoutMs })',
        replace: 'return storage.report!()',
      },
    ],
    killedBy: {
      ...core('asks again for a report on the storage while that cannot be reached'),
      sees: 'the storage is away',
    },
  },
]
