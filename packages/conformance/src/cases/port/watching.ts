import type { Settlement } from '@mq/core'
import assert from 'node:assert/strict'
import type { Test } from '../../topic.ts'

const ENDS: Record<string, (lease: string) => Settlement> = {
  completed: (lease) => ({ kind: 'complete', lease, result: '"done"' }),
  dead: (lease) => ({ kind: 'bury', lease, reason: 'broken', detail: '"detail"' }),
  expired: (lease) => ({ kind: 'expire', lease }),
}

export function watching(test: Test): void {
  for (const [state, settlement] of Object.entries(ENDS)) {
    test(`notifies once that a watched task is ${state}`, async (scene) => {
      const queue = await scene.queue()
      const hints = await queue.hear()
      const [n] = await queue.add('1')
      await queue.read(n!, { watch: true })
      await queue.read(n!, { watch: true })
      const elsewhere = (await scene.queueElsewhere()).worker()
      await elsewhere.settle(settlement((await elsewhere.claimOne()).lease))
      await scene.eventually(() => hints.count('ended') > 0, 'a hint that it ended')
      await scene.pass(50)
      const [hint, ...others] = hints.of('ended')
      assert.deepEqual([hint?.n, others.length], [n, 0])
      assert.deepEqual(hint?.outcome, await queue.outcome(n!))
    })
  }

  test('notifies of a cancelled task, waiting or running', async (scene) => {
    const queue = await scene.queue()
    const hints = await queue.hear()
    const numbers = await queue.add('1', '2')
    await queue.worker().claimOne()
    await queue.driver.read(
      numbers.map((n) => ({ n })),
      { watch: true },
    )
    for (const n of numbers) await queue.cancel(n, 'why not')
    await scene.eventually(() => hints.count('ended') >= 2, 'two hints that they ended')
    assert.ok(hints.of('ended').every(({ outcome }) => outcome.state === 'cancelled' && outcome.body === 'why not'))
    assert.deepEqual(
      hints
        .of('ended')
        .map(({ n }) => n)
        .sort(),
      numbers,
    )
  })

  test('notifies each participant that watches, by number or by own id', async (scene) => {
    const here = await scene.queue()
    const there = await scene.queueElsewhere()
    const [hintsHere, hintsThere] = [await here.hear(), await there.hear()]
    const [n] = await here.add({ id: 'own' })
    assert.deepEqual(await here.read(n!, { watch: true }), { state: 'waiting', n })
    assert.deepEqual(await there.read({ id: 'own' }, { watch: true }), { state: 'waiting', n })
    const worker = here.worker()
    await worker.settle({ kind: 'complete', lease: (await worker.claimOne()).lease, id: 'own', result: '7' })
    await scene.eventually(() => hintsHere.count('ended') + hintsThere.count('ended') >= 2, 'a hint for each')
    for (const hints of [hintsHere, hintsThere]) {
      assert.deepEqual(
        hints.of('ended').map((hint) => [hint.n, hint.outcome.body]),
        [[n, '7']],
      )
    }
  })

  test('answers with the outcome when the task has ended, and sends no hint', async (scene) => {
    const queue = await scene.queue()
    const hints = await queue.hear()
    const [n] = await queue.add('1')
    const worker = queue.worker()
    await worker.settle({ kind: 'complete', lease: (await worker.claimOne()).lease })
    assert.equal((await queue.read(n!, { watch: true })).state, 'ended')
    assert.equal((await queue.read('123456789012345', { watch: true })).state, 'unknown')
    await scene.pass(50)
    assert.deepEqual(hints.hints, [])
  })

  test('reports the outcome of a task whose result is not kept', async (scene) => {
    const queue = await scene.queue()
    const hints = await queue.hear()
    const [n] = await queue.add('1')
    await queue.read(n!, { watch: true })
    const worker = queue.worker()
    const { lease } = await worker.claimOne()
    await worker.turn({ settlements: [{ kind: 'complete', lease }], keepResults: false })
    await scene.eventually(() => hints.count('ended') > 0, 'a hint that it ended')
    assert.equal(hints.of('ended')[0]?.outcome.state, 'completed')
  })

  test('does not take a retry for an end', async (scene) => {
    const queue = await scene.queue()
    const hints = await queue.hear()
    const [n] = await queue.add('1')
    await queue.read(n!, { watch: true })
    const worker = queue.worker()
    await worker.settle({ kind: 'retry', lease: (await worker.claimOne()).lease, delayMs: 0, charge: true })
    await worker.settle({ kind: 'release', lease: (await worker.claimOne()).lease })
    await scene.pass(50)
    assert.equal(hints.count('ended'), 0)
    await worker.settle({ kind: 'complete', lease: (await worker.claimOne()).lease })
    await scene.eventually(() => hints.count('ended') > 0, 'a hint that it ended')
  })

  test('passes progress on to who watches, and shows the newest to who reads', async (scene) => {
    const queue = await scene.queue()
    const hints = await queue.hear()
    const [n] = await queue.add('1')
    await queue.read(n!, { watch: true })
    const elsewhere = await scene.queueElsewhere()
    const { lease } = await elsewhere.worker().claimOne()
    await elsewhere.driver.note([{ lease, kind: 'progress', body: '{"percent":10}' }])
    await elsewhere.driver.note([{ lease, kind: 'progress', body: '{"percent":20}' }])
    await scene.eventually(() => hints.count('progress') >= 2, 'two hints of progress')
    assert.deepEqual(
      hints.of('progress').map((hint) => [hint.n, hint.body]),
      [
        [n, '{"percent":10}'],
        [n, '{"percent":20}'],
      ],
    )
    assert.deepEqual(await queue.read(n!), { state: 'running', n, progress: '{"percent":20}' })
  })

  test('drops what a lost lease reports', async (scene) => {
    const queue = await scene.queue()
    const [n] = await queue.add('1')
    const hints = await queue.hear()
    await queue.read(n!, { watch: true })
    const worker = queue.worker()
    const { lease } = await worker.claimOne()
    await worker.settle({ kind: 'release', lease })
    await queue.driver.note([{ lease, kind: 'progress', body: '"stale"' }])
    await queue.driver.note([])
    await scene.pass(50)
    assert.equal(hints.count('progress'), 0)
    assert.deepEqual(await queue.read(n!), { state: 'waiting', n })
  })
}
