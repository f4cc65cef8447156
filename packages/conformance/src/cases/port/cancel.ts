import assert from 'node:assert/strict'
import { payloadsOf } from '../../port-queue.ts'
import type { Test } from '../../topic.ts'

export function cancel(test: Test): void {
  test('removes a waiting task', async (scene) => {
    const queue = await scene.queue()
    const [, n] = await queue.add('"1"', '"2"', '"3"')
    assert.equal(await queue.cancel(n!, 'no longer wanted'), 'cancelled')
    const { state, body } = await queue.outcome(n!)
    assert.deepEqual([state, body], ['cancelled', 'no longer wanted'])
    await queue.assertStats({ waiting: 2 })
    assert.deepEqual(payloadsOf(await queue.worker().claim()), ['"1"', '"3"'])
  })

  test('removes the only waiting task, and the queue goes on', async (scene) => {
    const queue = await scene.queue()
    const [n] = await queue.add('"1"')
    await queue.cancel(n!)
    assert.deepEqual(await queue.worker().claim(), [])
    await queue.add('"2"')
    assert.deepEqual(payloadsOf(await queue.worker().claim()), ['"2"'])
  })

  test('removes a delayed task', async (scene) => {
    const queue = await scene.queue()
    const [n] = await queue.add({ delayMs: 50 }, { delayMs: 60, payload: '"other"' })
    assert.equal(await queue.cancel(n!), 'cancelled')
    await queue.assertStats({ delayed: 1 })
    await scene.pass(100)
    assert.deepEqual(payloadsOf(await queue.worker().claim()), ['"other"'])
  })

  test('takes a running task from its worker, and notifies it', async (scene) => {
    const queue = await scene.queue()
    const elsewhere = await scene.queueElsewhere()
    const [hints, others] = [await elsewhere.hear(), await queue.hear()]
    const [n] = await queue.add('"1"', '"2"')
    const worker = elsewhere.worker()
    const [{ lease } = { lease: '' }] = await worker.claim(1)
    assert.equal(await queue.cancel(n!, 'stop'), 'cancelled')
    await queue.assertStats({ waiting: 1 })
    assert.deepEqual(await elsewhere.driver.extend([lease], 30_000), ['cancelled'])
    await scene.eventually(() => hints.count('cancel') > 0, 'a hint that it was cancelled')
    assert.deepEqual(hints.of('cancel'), [{ kind: 'cancel', lease, reason: 'stop' }])
    assert.ok(others.of('cancel').every((hint) => hint.lease === lease))
    assert.deepEqual(await worker.settle({ kind: 'complete', lease, result: '1' }), [0])
    assert.equal((await queue.outcome(n!)).state, 'cancelled')
  })

  test('is too late for a task that has ended, or never was', async (scene) => {
    const queue = await scene.queue()
    const [n, dead] = await queue.add({ id: 'own' }, '2')
    const worker = queue.worker()
    const [one, two] = await worker.claim(2)
    await worker.settle(
      { kind: 'complete', lease: one!.lease, id: 'own' },
      { kind: 'bury', lease: two!.lease, reason: 'broken', detail: '' },
    )
    assert.equal(await queue.cancel(n!), 'too-late')
    assert.equal(await queue.cancel({ id: 'own' }), 'too-late')
    assert.equal(await queue.cancel(dead!), 'too-late')
    assert.equal(await queue.cancel({ id: 'never-there' }), 'too-late')
    assert.equal(await queue.cancel('123456789012345'), 'too-late')
    assert.equal((await queue.outcome(n!)).state, 'completed')
    await queue.assertStats({ dead: 1 })
  })

  test('cancels once', async (scene) => {
    const queue = await scene.queue()
    const [n] = await queue.add('1')
    const answers = await Promise.all([queue.cancel(n!), queue.cancel(n!), queue.cancel(n!)])
    assert.deepEqual(answers.sort(), ['cancelled', 'too-late', 'too-late'])
  })

  test('does not bring a cancelled task back when its id comes again', async (scene) => {
    const queue = await scene.queue()
    await queue.add({ id: 'own', payload: '"old"' }, '"other"')
    await queue.cancel({ id: 'own' })
    await queue.offer([{ id: 'own', payload: '"old"' }])
    assert.deepEqual(payloadsOf(await queue.worker().claim()), ['"other"'])
  })

  test(
    'runs a task once whose id was cancelled and came again much later',
    async (scene) => {
      const queue = await scene.queue()
      const [old] = await queue.add({ id: 'own', payload: '"old"' })
      const zombie = await queue.worker().claimOne({ leaseMs: 86_400_000 })
      await queue.cancel({ id: 'own' })
      await scene.pass(7_200_000)
      const [n] = await queue.add({ id: 'own', payload: '"new"' })
      assert.notEqual(n, old)
      const claims = [...(await queue.worker().claim()), ...(await queue.worker().claim())]
      assert.deepEqual(payloadsOf(claims), ['"new"'])
      assert.deepEqual(await queue.worker().settle({ kind: 'complete', lease: zombie.lease, id: 'own' }), [0])
      assert.deepEqual(await queue.read({ id: 'own' }), { state: 'running', n })
    },
    { longTime: true },
  )
}
