import assert from 'node:assert/strict'
import { defineQueue, MqError, unchecked } from '@mq/core'
import type { Broker, Queue } from '@mq/core'
import * as fc from 'fast-check'
import { checkProperty } from './check-property.ts'
import type { RunOptions } from './check-property.ts'

/** Fresh for each run. */
export interface RealPartitions {
  /** Each as a process of its own: what one changes the others do not know yet. */
  readonly brokers: readonly Broker[]
  /** A queue that nobody has used. */
  readonly queue: string
  sleep(ms: number): Promise<unknown>
  now(): number
  /** Lets so much time pass. */
  pass(ms: number): Promise<unknown>
  /** Lets the time pass for which a former partition is kept in any case. */
  outlast(): Promise<unknown>
  close(): Promise<unknown>
}

export interface RepartitionTestOptions extends RunOptions {
  /** A handler begins when its lease does: so it can be told whether keys have a rate of their own. */
  readonly isExact?: boolean | undefined
  open(): Promise<RealPartitions>
}

const ATTEMPTS = 3
const KEYS = 3
const IDS = 4
const by = fc.nat({ max: 2 })
const optionally = (max: number) => fc.option(fc.nat({ max: max - 1 }), { nil: undefined })
const task = fc.record({
  by,
  key: optionally(KEYS),
  id: optionally(IDS),
  delayMs: fc.constantFrom(0, 0, 0, 40),
  fate: fc.constantFrom('succeeds', 'succeeds', 'succeeds', 'fails', 'dies'),
})
const step = fc.oneof(
  { weight: 6, arbitrary: fc.record({ kind: fc.constant('one' as const), task }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('burst' as const), tasks: fc.array(task, { maxLength: 8 }) }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('together' as const), by, key: fc.nat({ max: KEYS - 1 }) }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('divide' as const), by, of: fc.integer({ min: 2, max: 9 }) }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('pass' as const), ms: fc.constantFrom(1, 10, 100, 1_000) }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('look' as const), by }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('redrive' as const), by }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('outlast' as const) }) },
)
const RATE = { count: 10, perMs: 1_000, burst: 2 }
const world = fc.record({
  steps: fc.array(step, { minLength: 5, maxLength: 40 }),
  runMs: fc.constantFrom(0, 3, 30),
  hasRate: fc.boolean(),
})
type Task = typeof task extends fc.Arbitrary<infer Value> ? Value : never

/** What became of the tasks of a run. */
class Account {
  readonly expected = new Map<string, { readonly key: number | undefined; readonly isPlain: boolean }>()
  readonly runs = new Map<string, number>()
  readonly ids = new Set<string>()
  /** Those of each key that are stored one after the other, in that order. */
  readonly lines = new Map<number, string[]>()
  readonly #running = new Map<number, string>()
  readonly #begun: string[] = []
  /** Those that died once: redriven, they may run beside others of their key. */
  readonly #died = new Set<string>()
  /** When tasks of a key began. */
  readonly #begunAt = new Map<number, number[]>()

  /** Whether it succeeds. */
  run(payload: string, attempt: number): boolean {
    const { fate } = JSON.parse(payload) as { readonly fate?: Task['fate'] }
    if (fate !== 'dies' || this.#died.has(payload)) return fate !== 'fails' || attempt > 1
    if (attempt === ATTEMPTS) this.#died.add(payload)
    return false
  }

  begin(payload: string, attempt: number, at: number): void {
    const { key } = JSON.parse(payload) as { readonly key?: number }
    if (attempt === 1) this.#begun.push(payload)
    if (key === undefined || this.#died.has(payload)) return
    this.#begunAt.set(key, [...(this.#begunAt.get(key) ?? []), at])
    assert.ok(!this.#running.has(key), `${payload} began while ${this.#running.get(key)} of its key ran`)
    this.#running.set(key, payload)
  }

  end(payload: string, succeeds: boolean): void {
    const { key } = JSON.parse(payload) as { readonly key?: number }
    if (key !== undefined && this.#running.get(key) === payload) this.#running.delete(key)
    if (succeeds) this.runs.set(payload, (this.runs.get(payload) ?? 0) + 1)
  }

  get isComplete(): boolean {
    return [...this.expected.keys()].every((payload) => this.runs.has(payload))
  }

  /** No key had more than its rate allows. */
  checkRate(): void {
    for (const times of this.#begunAt.values()) {
      for (let i = RATE.burst; i < times.length; i++) {
        const passed = times[i]! - times[i - RATE.burst]!
        assert.ok(passed >= RATE.perMs / RATE.count - 1, `${RATE.burst + 1} of a key began within ${passed} ms`)
      }
    }
  }

  check(): void {
    for (const payload of this.expected.keys()) assert.equal(this.runs.get(payload), 1, `runs of ${payload}`)
    for (const payload of this.runs.keys()) assert.ok(this.expected.has(payload), `${payload} was never accepted`)
    for (const line of this.lines.values()) {
      const begun = this.#begun.filter((payload) => line.includes(payload))
      assert.deepEqual(begun, line, 'the order of a key')
    }
  }
}

/**
 * Tasks are stored and run while the number of partitions changes, by processes that do not know of it yet: each runs
 * once, no two of a key at once, those of a key in their order and not above its rate, and each is found at any time.
 * Those that died and are redriven run once.
 */
export async function testRepartitionModel({ open, isExact, ...options }: RepartitionTestOptions): Promise<void> {
  const property = fc.asyncProperty(world, async ({ steps, runMs, hasRate }) => {
    const real = await open()
    const account = new Account()
    const definition = defineQueue({
      name: real.queue,
      payload: unchecked<string>(),
      partitions: 3,
      attempts: ATTEMPTS,
      backoff: { kind: 'fixed', baseMs: 20 },
      limits: { perKey: { concurrency: 1, rate: hasRate ? RATE : undefined } },
    })
    const queues = real.brokers.map((broker) => broker.queue(definition))
    const workers = queues.slice(0, 2).map((queue) =>
      queue.process(
        async (payload, { attempt }) => {
          account.begin(payload, attempt, real.now())
          await real.sleep(runMs)
          const succeeds = account.run(payload, attempt)
          account.end(payload, succeeds)
          if (!succeeds) throw new Error('as it was told')
        },
        { concurrency: 5 },
      ),
    )
    let count = 0
    const payloadOf = (each: Partial<Task>): string => {
      const { key, id } = each
      return JSON.stringify(
        id === undefined ? { key, n: count++, fate: fateOf(each) } : { key, id, fate: fateOf(each) },
      )
    }
    const store = async (each: Task, isAlone: boolean): Promise<void> => {
      const { key, id, delayMs } = each
      const payload = payloadOf(each)
      const stored = await queues[each.by]!.enqueue(payload, {
        ...(key === undefined ? undefined : { key: `key-${key}` }),
        ...(id === undefined ? undefined : { id: `own-${id}-${key}` }),
        delayMs,
      })
      account.ids.add(stored.id)
      if (stored.existing) return assert.ok(account.expected.has(payload), `${payload} was known before`)
      assert.ok(!account.expected.has(payload), `${payload} was accepted twice`)
      account.expected.set(payload, { key, isPlain: id === undefined })
      const isInLine = key !== undefined && isAlone && delayMs === 0 && fateOf(each) === 'succeeds'
      if (isInLine) account.lines.set(key, [...(account.lines.get(key) ?? []), payload])
    }
    try {
      for (const each of steps) await until(take(each))
      for (let tries = 0; !account.isComplete && tries < 100; tries++) {
        await real.pass(500)
        await until(queues[0]!.dead.redrive('all'))
      }
      account.check()
      if (isExact === true && hasRate) account.checkRate()
      await until(Promise.all(workers.map((worker) => worker.close())))
    } finally {
      await until(real.close())
    }

    /** What waits for time to pass gets it. */
    async function until(done: Promise<unknown>): Promise<void> {
      let isDone = false
      const end = done.finally(() => (isDone = true))
      end.catch(() => undefined)
      await Promise.resolve()
      while (!isDone) await real.pass(1)
      await end
    }

    async function take(each: typeof step extends fc.Arbitrary<infer Value> ? Value : never): Promise<void> {
      switch (each.kind) {
        case 'one':
          return store(each.task, true)
        case 'burst':
          await Promise.all(withoutSame(each.tasks).map((one) => store(one, false)))
          return
        case 'together':
          return together(queues[each.by]!, each.key)
        case 'divide':
          return divide(queues[each.by]!, each.of)
        case 'pass':
          await real.pass(each.ms)
          return
        case 'redrive':
          await queues[each.by]!.dead.redrive('all')
          return
        case 'outlast':
          await real.outlast()
          return
        case 'look':
          for (const id of account.ids) {
            assert.notEqual((await queues[each.by]!.task(id).status()).state, 'unknown', `task ${id}`)
          }
      }
    }

    /** Refused where tasks of its key are elsewhere, and nothing is stored. */
    async function together(queue: Queue<string>, key: number): Promise<void> {
      const payloads = [payloadOf({ key }), payloadOf({ key }), payloadOf({})]
      try {
        await queue.enqueueAll([
          { payload: payloads[0]!, key: `key-${key}` },
          { payload: payloads[1]!, key: `key-${key}` },
          { payload: payloads[2]! },
        ])
      } catch (error) {
        if (MqError.is(error, 'partitions-apart')) return
        throw error
      }
      payloads.forEach((payload, i) => account.expected.set(payload, { key: i < 2 ? key : undefined, isPlain: true }))
      account.lines.set(key, [...(account.lines.get(key) ?? []), payloads[0]!, payloads[1]!])
    }
  })
  await checkProperty(property, options)
}

/** Those with the same id are the same. */
function fateOf({ id, fate }: Partial<Task>): Task['fate'] | undefined {
  if (id === undefined) return fate
  return id === 0 ? 'dies' : 'succeeds'
}

/** Of two with the same id one may be a conflict, or not, as it happens. */
function withoutSame(tasks: readonly Task[]): Task[] {
  const seen = new Set<string>()
  return tasks.filter(({ key, id }) => {
    if (id === undefined) return true
    const name = `${key} ${id}`
    return !seen.has(name) && seen.add(name)
  })
}

async function divide(queue: Queue<string>, of: number): Promise<void> {
  try {
    assert.equal((await queue.repartition(of, { preview: true })).partitions, of)
  } catch (error) {
    if (!MqError.is(error, 'partitions-busy')) throw error
  }
}
