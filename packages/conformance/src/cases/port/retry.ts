import assert from 'node:assert/strict'
import { assertRefused } from '../../port-queue.ts'
import type { Test } from '../../topic.ts'

export function retry(test: Test): void {
  test('charges a failure when asked to, and only then', async (scene) => {
    const queue = await scene.queue()
    await queue.add('"a"')
    const worker = queue.worker()
    const failures: number[] = []
    for (const charge of [true, false, true, false, true]) {
      const task = await worker.claimOne()
      failures.push(task.failures)
      assert.equal(task.crashes, 0)
      await worker.settle({ kind: 'retry', lease: task.lease, delayMs: 0, charge })
    }
    assert.deepEqual(failures, [0, 1, 1, 2, 2])
    assert.equal((await worker.claimOne()).failures, 3)
  })

  test('keeps the errors of the last five charged attempts, also with the dead letter, until a redrive', async (scene) => {
    const queue = await scene.queue()
    const [n = ''] = await queue.add({ payload: '"a"', level: 9 }, '"other"')
    const worker = queue.worker()
    const lease = async (): Promise<string> => (await worker.claimOne()).lease
    const errors = async (): Promise<unknown> => (await queue.driver.inspect({ n }, { content: true })).content?.errors
    assert.equal(await errors(), undefined)
    await worker.settle({ kind: 'retry', lease: await lease(), delayMs: 0, charge: false })
    await worker.settle({ kind: 'retry', lease: await lease(), delayMs: 0, charge: true })
    assert.equal(await errors(), undefined)
    // JSON leaves these two as they are, and some programs take them for line breaks.
    const longest = `|\u2028\u2029${'ü'.repeat(2_045)}`
    for (const error of ['{"a":"|"}', 'b', longest]) {
      await worker.settle({ kind: 'retry', lease: await lease(), delayMs: 60_000, charge: true, error })
      await queue.change(n, { delayMs: 0 })
    }
    const { content, readAt } = await queue.driver.inspect({ n }, { content: true })
    const kept = content?.errors ?? []
    assert.deepEqual(
      kept.map(({ attempt, error }) => [attempt, error]),
      [
        [2, '{"a":"|"}'],
        [3, 'b'],
        [4, longest],
      ],
    )
    for (const { at } of kept) assert.ok(at >= content!.enqueuedAt && at <= readAt, `${at} until ${readAt}`)
    for (const error of ['c', 'd', 'e']) {
      await worker.settle({ kind: 'retry', lease: await lease(), delayMs: 0, charge: true, error })
    }
    await worker.settle({ kind: 'bury', lease: await lease(), reason: 'bad', detail: 'f', charge: true })
    const dead = await queue.driver.inspect({ n }, { content: true })
    assert.deepEqual([dead.failures, dead.content?.payload], [8, '"a"'])
    assert.deepEqual(
      dead.content?.errors?.map(({ attempt, error }) => [attempt, error]),
      [
        [3, 'b'],
        [4, longest],
        [5, 'c'],
        [6, 'd'],
        [7, 'e'],
      ],
    )
    const [letter] = await queue.driver.list({ state: 'dead', limit: 10 })
    assert.deepEqual([letter?.reason, letter?.detail, letter?.payload], ['bad', 'f', '"a"'])
    assert.deepEqual((await queue.outcome(n)).body, 'f')
    await queue.driver.apply({ kind: 'redrive', tasks: [{ n, delayMs: 0 }] })
    assert.deepEqual([await errors(), (await worker.claimOne()).failures], [undefined, 0])
  })

  test('refuses an error that is too long, or has a tab or a line break', async (scene) => {
    const queue = await scene.queue()
    await queue.add('"a"')
    const worker = queue.worker()
    const { lease } = await worker.claimOne()
    for (const error of ['x'.repeat(2_049), 'a\tb', 'a\nb', 7 as never]) {
      await assertRefused(worker.settle({ kind: 'retry', lease, delayMs: 0, charge: true, error }))
    }
    assert.deepEqual(await worker.settle({ kind: 'complete', lease }), [])
  })

  test('keeps a retried task back until it is due', async (scene) => {
    const queue = await scene.queue()
    const [n] = await queue.add('"a"')
    const worker = queue.worker()
    const first = await worker.claimOne()
    await worker.settle({ kind: 'retry', lease: first.lease, delayMs: 150, charge: true })
    const reading = await queue.read(n!)
    assert.ok(reading.state === 'delayed' && !reading.blocked && reading.dueInMs <= 150)
    await queue.assertStats({ delayed: 1 })
    await scene.eventually(
      async () => (await queue.driver.stats()).running > 0 || (await worker.claim()).length > 0,
      'it',
    )
    const again = await queue.read(n!)
    assert.equal(again.state, 'running')
  })

  test('never gives a retried task early', async (scene) => {
    const queue = await scene.queue()
    await queue.add('"a"')
    const worker = queue.worker()
    const first = await worker.claimOne()
    await worker.settle({ kind: 'retry', lease: first.lease, delayMs: 120, charge: true })
    let again = await worker.claim()
    await scene.eventually(async () => again.length > 0 || (again = await worker.claim()).length > 0, 'the retry')
    assert.ok(again[0]!.claimedAt - first.claimedAt >= 120, `after ${again[0]!.claimedAt - first.claimedAt} ms`)
    assert.equal(again[0]!.enqueuedAt, first.enqueuedAt)
  })

  test('keeps level, header and payload of a retried task', async (scene) => {
    const queue = await scene.queue()
    await queue.add({ payload: '"high"', level: 8, header: '{"h":1}' }, '"low"')
    const worker = queue.worker()
    const { lease } = await worker.claimOne()
    await worker.settle({ kind: 'retry', lease, delayMs: 0, charge: true })
    const { payload, header } = await worker.claimOne()
    assert.deepEqual([payload, header], ['"high"', '{"h":1}'])
  })
}
