import { defineQueue } from '@mq/core'
import type { EnqueueOptions } from '@mq/core'
import assert from 'node:assert/strict'
import { assertCode, countsOf, EMPTY_STATS, PortQueue } from '../../port-queue.ts'
import type { Test } from '../../topic.ts'
import { onlyDate, wholeNumber } from '../../values.ts'

const numbers = defineQueue({ name: 'numbers', payload: wholeNumber, maxPayloadBytes: 100 })
const NONE = { ...EMPTY_STATS, waiting: 0, delayed: 0 }

const WRONG_OPTIONS: Record<string, EnqueueOptions> = {
  'priority 10': { priority: 10 },
  'priority −1': { priority: -1 },
  'half a priority': { priority: 4.5 },
  'a negative delay': { delayMs: -1 },
  'a delay that is no number': { delayMs: Number.NaN },
  'timeout 0': { timeoutMs: 0 },
  'expiry 0': { expiresInMs: 0 },
  'a misspelt option': { delay: 5 } as EnqueueOptions,
  'a header that is no text': { headers: { n: 1 } } as unknown as EnqueueOptions,
}

export function enqueueing(test: Test): void {
  test('refuses a payload that its schema refuses, and stores nothing', async (scene) => {
    const queue = scene.broker().queue(numbers)
    await assertCode(queue.enqueue(4.5), 'invalid-payload')
    await assertCode(queue.enqueue('four' as never), 'invalid-payload')
    await assertCode(queue.enqueueAll([{ payload: 1 }, { payload: 4.5 }]), 'invalid-payload')
    assert.deepEqual(countsOf(await queue.stats()), NONE)
  })

  test('refuses what JSON would change or cannot write', async (scene) => {
    const broker = scene.broker()
    const dates = broker.queue(defineQueue({ name: 'dates', payload: onlyDate }))
    await assertCode(dates.enqueue(new Date()), 'invalid-payload')
    const cycle: { self?: unknown } = {}
    cycle.self = cycle
    for (const payload of [10n, cycle, undefined, () => 1, Symbol('s')]) {
      await assertCode(broker.queue('any').enqueue(payload), 'invalid-payload')
    }
    assert.deepEqual(countsOf(await broker.queue('any').stats()), NONE)
  })

  test('refuses a payload that is too large', async (scene) => {
    const broker = scene.broker()
    const queue = broker.queue(defineQueue({ name: 'small', maxPayloadBytes: 100 }))
    await queue.enqueue('x'.repeat(98))
    await assertCode(queue.enqueue('x'.repeat(99)), 'payload-too-large')
    await assertCode(queue.enqueue('ß'.repeat(50)), 'payload-too-large')
    await assertCode(broker.queue('default').enqueue('x'.repeat(1_048_575)), 'payload-too-large')
    assert.equal((await queue.stats()).waiting, 1)
  })

  test('refuses ids that are not of the form', async (scene) => {
    const queue = scene.broker().queue('ids')
    for (const id of ['', 'a b', 'ä', 'x'.repeat(129), 'a\nb', `n${'1'.repeat(16)}`]) {
      await assertCode(queue.enqueue(1, { id }), 'invalid-id')
    }
    await queue.enqueue(1, { id: 'A-z_0.9:x' })
    assert.equal((await queue.stats()).waiting, 1)
  })

  for (const [what, options] of Object.entries(WRONG_OPTIONS)) {
    test(`calls ${what} invalid options`, async (scene) => {
      const queue = scene.broker().queue('options')
      await assert.rejects(queue.enqueue(1, options), { code: 'invalid-options' })
      await assert.rejects(queue.enqueueAll([{ payload: 1, ...options }]), { code: 'invalid-options' })
      assert.deepEqual(countsOf(await queue.stats()), NONE)
    })
  }

  test('gives the same task for the same id, and runs it once', async (scene) => {
    const queue = scene.broker().queue('same')
    const elsewhere = scene.broker().queue('same')
    const [one, two] = await Promise.all([queue.enqueue({ a: 1 }, { id: 'x' }), queue.enqueue({ a: 1 }, { id: 'x' })])
    const three = await elsewhere.enqueue({ a: 1 }, { id: 'x', priority: 9 })
    assert.deepEqual([one.id, two.id, three.id], ['x', 'x', 'x'])
    let runs = 0
    queue.process(() => ++runs)
    assert.deepEqual(await scene.during(Promise.all([one.result(), two.result(), three.result()])), [1, 1, 1])
    const late = await elsewhere.enqueue({ a: 1 }, { id: 'x' })
    assert.equal(await scene.during(late.result()), 1)
    await assertCode(queue.enqueue({ a: 2 }, { id: 'x' }), 'id-conflict')
    assert.equal(runs, 1)
  })

  test('says whether a task was there already, and replaces it where that is asked for', async (scene) => {
    const queue = scene.broker().queue('existing')
    const later = { id: 'x', delayMs: 3_600_000 }
    const first = await queue.enqueue(1, later)
    assert.equal(first.existing, false)
    // Another delay is not applied, and a cancelled task does not run: the handle reports that nothing was added.
    assert.equal((await queue.enqueue(1, { id: 'x' })).existing, true)
    assert.equal(await first.cancel(), 'cancelled')
    assert.equal((await queue.enqueue(1, later)).existing, true)
    const second = await queue.enqueue(2, { ...later, existing: 'replace' })
    const [third, fourth] = await Promise.all([
      queue.enqueue(3, { ...later, existing: 'replace' }),
      queue.enqueue(4, { id: 'x', existing: 'replace', timeoutMs: 60_000 }),
    ])
    assert.deepEqual([second.existing, third.existing, fourth.existing], [false, false, false])
    assert.deepEqual(await Promise.all([second, third].map(async (task) => (await task.outcome()).state)), [
      'cancelled',
      'cancelled',
    ])
    let finish = (): void => undefined
    const end = new Promise<void>((resolve) => (finish = resolve))
    const started = new Promise<void>((resolve) => {
      queue.process(async (payload) => {
        resolve()
        await end
        return payload
      })
    })
    await scene.during(started)
    await assertCode(queue.enqueue(5, { id: 'x', existing: 'replace' }), 'id-conflict')
    finish()
    assert.equal(await scene.during(fourth.result()), 4)
    assert.equal(await scene.during((await queue.enqueue(6, { id: 'x', existing: 'replace' })).result()), 6)
    assert.equal(queue.task('x').existing, false)
  })

  test('throttles by a key, and debounces where each replaces the one before', async (scene) => {
    const queue = scene.broker().queue('debounced')
    const options = { dedupe: { key: 'k', windowMs: 3_600_000 }, delayMs: 100 }
    const throttled = [await queue.enqueue(1, options), await queue.enqueue(2, options)]
    assert.deepEqual(
      throttled.map(({ existing }) => existing),
      [false, true],
    )
    const last = (
      await queue.enqueueAll([3, 4].map((payload) => ({ payload, ...options, existing: 'replace' as const })))
    ).at(-1)!
    queue.process((payload) => payload)
    assert.equal(await scene.during(last.result()), 4)
    assert.equal((await throttled[0]!.outcome()).state, 'cancelled')
  })

  test('stores all of enqueueAll or nothing', async (scene) => {
    const queue = scene.broker().queue('all')
    assert.deepEqual(await queue.enqueueAll([]), [])
    const entries = Array.from({ length: 1_001 }, (_, payload) => ({ payload }))
    await assertCode(queue.enqueueAll(entries), 'batch-too-large')
    const megabyte = 'x'.repeat(1_048_570)
    await assertCode(queue.enqueueAll(Array.from({ length: 5 }, () => ({ payload: megabyte }))), 'batch-too-large')
    await queue.enqueue('first', { id: 'taken' })
    const conflicting = [{ payload: 1 }, { payload: 'other', id: 'taken' }, { payload: 2, id: 'free' }]
    await assertCode(queue.enqueueAll(conflicting), 'id-conflict')
    assert.equal((await queue.stats()).waiting, 1)
    const tasks = await queue.enqueueAll(entries.slice(1))
    assert.equal(new Set(tasks.map(({ id }) => id)).size, 1_000)
    assert.equal((await queue.stats()).waiting, 1_001)
  })

  test('enqueues nothing with a signal that has aborted', async (scene) => {
    const queue = scene.broker().queue('aborted')
    const reason = new Error('enough')
    await assert.rejects(queue.enqueue(1, { signal: AbortSignal.abort(reason) }), reason)
    await assert.rejects(queue.enqueueAll([{ payload: 1 }], { signal: AbortSignal.abort(reason) }), reason)
    assert.deepEqual(countsOf(await queue.stats()), NONE)
  })

  test('buries a stored payload that does not fit, or cannot be read', async (scene) => {
    const broker = scene.broker()
    const untyped = broker.queue('numbers')
    const port = new PortQueue((await scene.open()).queue('numbers'))
    const misfit = await untyped.enqueue('not a number', { headers: { from: 'an older version' } })
    await port.add('{"not json', { header: 'no header', payload: '1' }, { payload: '{"__proto__":{}}' })
    let runs = 0
    broker.queue(numbers).process(() => ++runs)
    await assertCode(scene.during(misfit.result()), 'task-dead')
    await scene.eventually(async () => (await untyped.stats()).dead === 4, 'four dead letters')
    assert.equal(runs, 0)
    const dead = await untyped.dead.list()
    assert.deepEqual(dead.map(({ reason }) => reason).sort(), [
      'invalid-payload',
      'invalid-payload',
      'invalid-payload',
      'malformed',
    ])
    const letter = dead.find(({ id }) => id === misfit.id)
    assert.deepEqual([letter?.payload, letter?.headers['from']], ['not a number', 'an older version'])
    assert.equal(letter?.failures, 0)
  })
}
