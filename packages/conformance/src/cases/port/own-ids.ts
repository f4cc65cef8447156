import type { Settlement } from '@mq/core'
import assert from 'node:assert/strict'
import { assertCode, numberOf, payloadsOf } from '../../port-queue.ts'
import type { PortQueue } from '../../port-queue.ts'
import type { Test } from '../../topic.ts'

const TASK = { id: 'order-7', payload: '{"order":7}' }

/** Ends the task of the id in one of the possible ways. */
const ENDS: Record<string, (lease: string) => Settlement> = {
  completed: (lease) => ({ kind: 'complete', lease, id: TASK.id, result: '"done"' }),
  dead: (lease) => ({ kind: 'bury', lease, id: TASK.id, reason: 'broken', detail: '' }),
  expired: (lease) => ({ kind: 'expire', lease, id: TASK.id }),
}

export function ownIds(test: Test): void {
  test('answers an id that is there with its task', async (scene) => {
    const queue = await scene.queue()
    const [n] = await queue.add(TASK)
    assert.deepEqual(await queue.offer([TASK]), [{ state: 'existing', n }])
    assert.deepEqual(await (await scene.queueElsewhere()).offer([{ ...TASK, level: 9 }]), [{ state: 'existing', n }])
    await queue.assertStats({ waiting: 1 })
  })

  test('knows the id of a delayed and of a running task', async (scene) => {
    const queue = await scene.queue()
    const [n] = await queue.add({ ...TASK, delayMs: 60 })
    assert.deepEqual(await queue.offer([TASK]), [{ state: 'existing', n }])
    await scene.eventually(async () => (await queue.worker().claim()).length > 0, 'the delayed task')
    assert.deepEqual(await queue.offer([TASK]), [{ state: 'existing', n }])
    await queue.assertStats({ running: 1 })
  })

  test('calls another payload under the same id a conflict, but not another header', async (scene) => {
    const queue = await scene.queue()
    const [n] = await queue.add(TASK)
    assert.deepEqual(await queue.offer([{ ...TASK, payload: '{"order":8}' }]), [{ state: 'conflict', n }])
    assert.deepEqual(await queue.offer([{ ...TASK, header: '{"trace":"x"}' }]), [{ state: 'existing', n }])
    await queue.assertStats({ waiting: 1 })
  })

  test('takes an id once that stands twice in a batch', async (scene) => {
    for (const atomic of [false, true]) {
      const queue = await scene.queue(`atomic-${atomic}`)
      const receipts = await queue.offer([TASK, '"another"', TASK], { atomic })
      assert.deepEqual(
        receipts.map(({ state }) => state),
        ['accepted', 'accepted', 'existing'],
      )
      assert.equal(numberOf(receipts[2]), numberOf(receipts[0]))
      await queue.assertStats({ waiting: 2 })
    }
  })

  test('reads a task by its own id wherever it is', async (scene) => {
    const queue = await scene.queue()
    const [n] = await queue.add(TASK)
    assert.deepEqual(await queue.read({ id: TASK.id }), { state: 'waiting', n })
    const { lease } = await queue.worker().claimOne()
    assert.deepEqual(await queue.read({ id: TASK.id }), { state: 'running', n })
    await queue.worker().settle({ kind: 'complete', lease, id: TASK.id, result: '1' })
    assert.equal((await queue.outcome({ id: TASK.id })).state, 'completed')
    assert.deepEqual(await queue.read({ id: 'never-there' }), { state: 'unknown' })
  })

  for (const [state, settlement] of Object.entries(ENDS)) {
    test(`knows the id of a ${state} task, and runs it no more`, async (scene) => {
      const queue = await scene.queue()
      const [n] = await queue.add(TASK)
      await queue.worker().settle(settlement((await queue.worker().claimOne()).lease))
      await assertEnded(queue, n!, state)
    })
  }

  test('knows the id of a cancelled task, and runs it no more', async (scene) => {
    const queue = await scene.queue()
    const [n] = await queue.add(TASK)
    assert.equal(await queue.cancel({ id: TASK.id }), 'cancelled')
    await assertEnded(queue, n!, 'cancelled')
  })

  test('knows the id of a task whose result is not kept', async (scene) => {
    const queue = await scene.queue()
    const [n] = await queue.add(TASK)
    const { lease } = await queue.worker().claimOne()
    const settlement: Settlement = { kind: 'complete', lease, id: TASK.id }
    await queue.worker().turn({ settlements: [settlement], keepResults: false })
    assert.deepEqual(await queue.offer([TASK]), [{ state: 'existing', n }])
    assert.equal((await queue.offer([{ ...TASK, payload: '0' }]))[0]?.state, 'conflict')
  })

  test(
    'keeps an id for a minute after the end, and forgets it some day',
    async (scene) => {
      const queue = await scene.queue()
      const [n] = await queue.add(TASK)
      await queue.cancel({ id: TASK.id })
      await scene.pass(59_900)
      assert.deepEqual(await queue.offer([TASK]), [{ state: 'existing', n }])
      await scene.pass(7_200_000)
      const [again] = await queue.add(TASK)
      assert.notEqual(again, n)
      assert.deepEqual(payloadsOf(await queue.worker().claim()), [TASK.payload])
    },
    { longTime: true },
  )

  test('refuses a batch without harm when something in it is wrong', async (scene) => {
    const queue = await scene.queue()
    await assertCode(queue.offer([TASK, { level: 11 }]), 'storage-refused')
    assert.equal((await queue.offer([TASK]))[0]?.state, 'accepted')
  })
}

async function assertEnded(queue: PortQueue, n: string, state: string): Promise<void> {
  assert.equal((await queue.outcome({ id: TASK.id })).state, state)
  assert.deepEqual(await queue.offer([TASK]), [{ state: 'existing', n }])
  assert.deepEqual(await queue.offer([{ ...TASK, payload: '"other"' }]), [{ state: 'conflict', n }])
  assert.deepEqual(await queue.worker().claim(), [])
}
