import { bury, defineQueue, MqError, unchecked } from '@mq/core'
import type { StandardSchema, TaskOutcome } from '@mq/core'
import assert from 'node:assert/strict'
import { KEEPS_OUTCOMES } from '../../port-outcomes.ts'
import type { Test } from '../../topic.ts'

/** A text that becomes an upper-case one. */
const loud: StandardSchema<string, string> = {
  '~standard': {
    version: 1,
    vendor: 'test',
    validate: (value) => (typeof value === 'string' ? { value: value.toUpperCase() } : { issues: [{ message: 'no' }] }),
  },
}

const OUTCOMES = { maxCount: 1_000 }

export function outcomesOfQueues(test: Test): void {
  test(
    'outcomes: subscribers hear each end, with its result as its schema gives it, and nothing is awaited',
    async (scene) => {
      const jobs = defineQueue({
        name: 'jobs',
        payload: unchecked<string>(),
        result: loud,
        attempts: 1,
        outcomes: OUTCOMES,
      })
      const queue = scene.broker().queue(jobs)
      const seen: TaskOutcome<string>[] = []
      const subscription = await scene
        .broker()
        .queue(jobs)
        .outcomes.subscribe(({ payload, channel }) => {
          assert.equal(channel, 'jobs:outcomes')
          seen.push(payload)
        })
      queue.process((text) => {
        if (text === 'bad') throw new Error('no such street')
        if (text === 'worse') return bury('bad address')
        return text
      })
      const [a, b, c] = await queue.enqueueAll([
        { payload: 'fine', id: 'first' },
        { payload: 'bad' },
        { payload: 'worse' },
      ])
      const delayed = await queue.enqueue('late', { delayMs: 3_600_000 })
      await delayed.cancel({ reason: 'not needed' })
      await scene.eventually(() => seen.length === 4, 'four ends')
      const found = new Map(seen.map((outcome) => [outcome.id, { ...outcome, endedAt: 0 }]))
      assert.deepEqual(found.get('first'), { id: 'first', state: 'completed', result: 'FINE', endedAt: 0 })
      const failed = found.get(b!.id)
      assert.ok(failed?.state === 'dead' && failed.error?.message === 'no such street')
      assert.equal(await scene.during(a!.result()), 'FINE')
      assert.deepEqual(found.get(c!.id), {
        id: c!.id,
        state: 'dead',
        reason: 'bad address',
        error: undefined,
        endedAt: 0,
      })
      assert.deepEqual(found.get(delayed.id), { id: delayed.id, state: 'cancelled', reason: 'not needed', endedAt: 0 })
      await subscription.close()
    },
    KEEPS_OUTCOMES,
  )

  test(
    'outcomes: a group handles each end once while nothing fails, from wherever it was, with retries and dead letters',
    async (scene) => {
      const jobs = defineQueue({
        name: 'jobs',
        payload: unchecked<number>(),
        keep: { results: false },
        outcomes: OUTCOMES,
      })
      const queue = scene.broker().queue(jobs)
      const worker = queue.process((n) => n * 2)
      await scene.during(Promise.all(Array.from({ length: 20 }, async (_, i) => (await queue.enqueue(i)).outcome())))
      const [sums, tries]: [number[], number[]] = [[], []]
      const audit = scene.broker().queue(jobs).outcomes
      const member = await audit.consume(
        'audit',
        ({ payload }, { attempt }) => {
          assert.ok(payload.state === 'completed')
          const result = payload.result as number
          if (result === 10 && attempt === 1) throw new Error('once')
          if (result === 12) return bury('not liked')
          tries.push(attempt)
          sums.push(result)
        },
        { from: 'earliest', backoff: { kind: 'fixed', baseMs: 5 } },
      )
      await scene.eventually(() => sums.length === 19, '19 results')
      assert.deepEqual(
        sums.toSorted((a, b) => a - b),
        Array.from({ length: 20 }, (_, i) => 2 * i).filter((sum) => sum !== 12),
      )
      assert.deepEqual(tries.filter((attempt) => attempt === 2).length, 1)
      assert.deepEqual(await audit.groups(), ['audit'])
      const group = scene.broker().queue('jobs').outcomes.group('audit')
      await scene.eventually(async () => (await group.explain()).because === 'caught-up', 'nothing open')
      const [letter] = (await group.dead.list()) as { payload: { state: string; result: number } }[]
      assert.deepEqual([letter?.payload.state, letter?.payload.result], ['completed', 12])
      const entries = await scene.broker().workers()
      assert.deepEqual(
        entries.filter(({ group: of }) => of === 'audit').map(({ queue: of, channel }) => [of, channel]),
        [[undefined, 'jobs:outcomes']],
      )
      assert.deepEqual(await scene.broker().channels(), [])
      await Promise.all([member, worker].map((each) => scene.during(each.close())))
    },
    KEEPS_OUTCOMES,
  )

  test(
    'outcomes: what cannot be consumed is refused with the reason, and a definition without them leaves them on',
    async (scene) => {
      const broker = scene.broker()
      await assert.rejects(
        broker.queue('plain').outcomes.consume('g', () => undefined),
        TypeError,
      )
      const jobs = defineQueue({ name: 'jobs', outcomes: OUTCOMES })
      const reader = await broker.queue(jobs).outcomes.consume('early', () => undefined)
      // Who only reads turns nothing on.
      assert.equal((await broker.queue(jobs).outcomes.group('early').explain()).because, 'not-kept')
      await scene.during(reader.close())
      await broker.queue(jobs).enqueue(1)
      const other = scene.broker().queue('jobs')
      const worker = other.process(() => undefined)
      await scene.eventually(async () => (await other.stats()).totals.completed === 1, 'an end')
      const seen: unknown[] = []
      await broker
        .queue(jobs)
        .outcomes.consume('g', ({ payload }) => void seen.push(payload.state), { from: 'earliest' })
      await scene.eventually(() => seen.length === 1, 'its message')
      await scene.during(worker.close())
      await scene.during(broker.close())
      await assert.rejects(
        async () => broker.queue(jobs),
        (error: unknown) => MqError.is(error, 'closed'),
      )
    },
    KEEPS_OUTCOMES,
  )
}
