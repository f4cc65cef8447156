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
  /** Lets so much time pass. */
  pass(ms: number): Promise<unknown>
  close(): Promise<unknown>
}

export interface RepartitionTestOptions extends RunOptions {
  open(): Promise<RealPartitions>
}

const KEYS = 3
const IDS = 4
const by = fc.nat({ max: 2 })
const optionally = (max: number) => fc.option(fc.nat({ max: max - 1 }), { nil: undefined })
const task = fc.record({
  by,
  key: optionally(KEYS),
  id: optionally(IDS),
  delayMs: fc.constantFrom(0, 0, 0, 40),
  fails: fc.constantFrom(false, false, false, true),
})
const step = fc.oneof(
  { weight: 6, arbitrary: fc.record({ kind: fc.constant('one' as const), task }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('burst' as const), tasks: fc.array(task, { maxLength: 8 }) }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('together' as const), by, key: fc.nat({ max: KEYS - 1 }) }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('divide' as const), by, of: fc.integer({ min: 2, max: 9 }) }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('pass' as const), ms: fc.constantFrom(1, 10, 100, 1_000) }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('look' as const), by }) },
)
const world = fc.record({ steps: fc.array(step, { minLength: 5, maxLength: 40 }), runMs: fc.constantFrom(0, 3, 30) })
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

  begin(payload: string, attempt: number): void {
    const { key } = JSON.parse(payload) as { readonly key?: number }
    if (attempt === 1) this.#begun.push(payload)
    if (key === undefined) return
    assert.ok(!this.#running.has(key), `${payload} began while ${this.#running.get(key)} of its key ran`)
    this.#running.set(key, payload)
  }

  end(payload: string, succeeds: boolean): void {
    const { key } = JSON.parse(payload) as { readonly key?: number }
    if (key !== undefined) this.#running.delete(key)
    if (succeeds) this.runs.set(payload, (this.runs.get(payload) ?? 0) + 1)
  }

  get isComplete(): boolean {
    return [...this.expected.keys()].every((payload) => this.runs.has(payload))
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
 * once, no two of a key at once, those of a key in their order, and each is found at any time.
 */
export async function testRepartitionModel({ open, ...options }: RepartitionTestOptions): Promise<void> {
  const property = fc.asyncProperty(world, async ({ steps, runMs }) => {
    const real = await open()
    const account = new Account()
    const definition = defineQueue({
      name: real.queue,
      payload: unchecked<string>(),
      partitions: 3,
      attempts: 3,
      backoff: { kind: 'fixed', baseMs: 20 },
      limits: { perKey: { concurrency: 1 } },
    })
    const queues = real.brokers.map((broker) => broker.queue(definition))
    const workers = queues.slice(0, 2).map((queue) =>
      queue.process(
        async (payload, { attempt }) => {
          account.begin(payload, attempt)
          await real.sleep(runMs)
          const { fails } = JSON.parse(payload) as { readonly fails?: boolean }
          const succeeds = fails !== true || attempt > 1
          account.end(payload, succeeds)
          if (!succeeds) throw new Error('as it was told')
        },
        { concurrency: 5 },
      ),
    )
    let count = 0
    const payloadOf = ({ key, id, fails }: Partial<Task>): string =>
      JSON.stringify(id === undefined ? { key, n: count++, fails } : { key, id })
    const store = async (each: Task, isAlone: boolean): Promise<void> => {
      const { key, id, delayMs, fails } = each
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
      const isInLine = key !== undefined && isAlone && delayMs === 0 && !fails
      if (isInLine) account.lines.set(key, [...(account.lines.get(key) ?? []), payload])
    }
    try {
      for (const each of steps) await until(take(each))
      for (let tries = 0; !account.isComplete && tries < 100; tries++) await real.pass(500)
      account.check()
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
