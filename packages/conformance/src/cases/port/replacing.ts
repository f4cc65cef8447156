import type { NewTask } from '@mq/core'
import assert from 'node:assert/strict'
import { numberOf, payloadsOf } from '../../port-queue.ts'
import type { PortQueue } from '../../port-queue.ts'
import type { Test } from '../../topic.ts'

const KEY = { key: 'search-7', windowMs: 3_600_000 }

/** Tasks that are named by an id, and by the key of a deduplication. */
const NAMES: Record<string, Partial<NewTask>> = { id: { id: 'order-7' }, key: { dedupe: KEY } }

async function replace(queue: PortQueue, task: Partial<NewTask>): Promise<string> {
  const [receipt] = await queue.offer([{ ...task, replace: true }])
  assert.equal(receipt?.state, 'accepted')
  return numberOf(receipt!)
}

export function replacing(test: Test): void {
  for (const [what, name] of Object.entries(NAMES)) {
    test(`replaces a task that waits or is delayed, by its ${what}: payload, level, delay`, async (scene) => {
      const queue = await scene.queue()
      const hints = await queue.hear()
      const [first = ''] = await queue.add({ ...name, payload: '1' })
      await queue.read(first, { watch: true })
      const second = await replace(queue, { ...name, payload: '2', delayMs: 3_600_000, level: 9 })
      assert.deepEqual(
        [(await queue.outcome(first)).state, (await queue.outcome(first)).body],
        ['cancelled', 'replaced'],
      )
      await scene.eventually(() => hints.count('ended') === 1, 'the end of the first')
      await queue.assertStats({ delayed: 1 })
      const third = await replace(queue, { ...name, payload: '3', level: 0 })
      assert.equal((await queue.outcome(second)).body, 'replaced')
      const worker = queue.worker()
      const claimed = await worker.claim()
      assert.deepEqual([payloadsOf(claimed), claimed[0]?.n], [['3'], third])
      await queue.assertStats({ running: 1 })
    })

    test(`leaves a running task alone, and starts an ended one anew, by its ${what}`, async (scene) => {
      const queue = await scene.queue()
      const [first] = await queue.add({ ...name, payload: '1' })
      const worker = queue.worker()
      const { lease } = await worker.claimOne()
      const conflict = [{ state: 'conflict', n: first }]
      assert.deepEqual(await queue.offer([{ ...name, payload: '1', replace: true }]), conflict)
      assert.equal(
        (await queue.offer([{ ...name, payload: '2', replace: true }], { atomic: true }))[0]?.state,
        'conflict',
      )
      await worker.settle({ kind: 'complete', lease, id: name.id, result: '"done"' })
      await replace(queue, { ...name, payload: '1' })
      assert.equal((await queue.outcome(first!)).body, '"done"')
      const again = await worker.claimOne()
      assert.equal(again.payload, '1')
      await worker.settle({ kind: 'bury', lease: again.lease, id: name.id, reason: 'broken', detail: '' })
      const third = await replace(queue, { ...name, payload: '3' })
      await queue.cancel(third)
      const fourth = await replace(queue, { ...name, payload: '4' })
      assert.deepEqual(await queue.offer([{ ...name, payload: '4' }]), [{ state: 'existing', n: fourth }])
      await queue.assertStats({ waiting: 1, dead: 1 })
    })

    test(`lets the later of a batch replace the earlier, by its ${what}`, async (scene) => {
      const queue = await scene.queue()
      const old = await queue.add({ ...name, payload: '0' })
      const tasks = [{ ...name, payload: '1', replace: true }, 'other', { ...name, payload: '2', replace: true }]
      const receipts = await queue.offer([...tasks, { ...name, payload: '2' }])
      assert.deepEqual(
        receipts.map(({ state }) => state),
        ['accepted', 'accepted', 'accepted', 'existing'],
      )
      assert.equal(numberOf(receipts[3]!), numberOf(receipts[2]!))
      for (const n of [...old, numberOf(receipts[0]!)]) assert.equal((await queue.outcome(n)).body, 'replaced')
      assert.deepEqual(payloadsOf(await queue.worker().claim()), ['other', '2'])
    })
  }

  test('answers a repeated batch that replaced as the first time, and changes nothing', async (scene) => {
    const queue = await scene.queue()
    await queue.add({ id: 'a', payload: '1' })
    const batch = { lane: 'producer-replacing', seq: 1, atomic: true }
    const task = { id: 'a', replace: true, level: 4, delayMs: 0, header: '{"id":"a"}', payload: '2' }
    const first = await queue.driver.enqueue({ ...batch, tasks: [task] })
    assert.deepEqual(await queue.driver.enqueue({ ...batch, tasks: [task] }), first)
    await queue.assertStats({ waiting: 1 })
  })

  test('needs no room to replace a task that waits in a full queue', async (scene) => {
    const queue = await scene.queue()
    await queue.add({ id: 'a', payload: '1' }, { id: 'b', payload: '1', delayMs: 3_600_000 })
    const full = { capacity: 1 }
    const states = async (id: string, atomic: boolean): Promise<string[]> =>
      (await queue.offer([{ id, payload: '2', replace: true }], { ...full, atomic })).map(({ state }) => state)
    assert.deepEqual(await states('a', false), ['accepted'])
    assert.deepEqual(await states('a', true), ['accepted'])
    assert.deepEqual(await states('b', false), ['full'])
    await queue.assertStats({ waiting: 1, delayed: 1 })
  })

  test('takes all of a batch or nothing where one replaces a delayed one of the same batch, and finds no room', async (scene) => {
    for (const [what, name] of Object.entries(NAMES)) {
      const queue = await scene.queue()
      const tasks = [
        { ...name, payload: '1', delayMs: 60_000 },
        { ...name, payload: '1', replace: true },
      ]
      const states = (await queue.offer(tasks, { capacity: 0, atomic: true })).map(({ state }) => state)
      assert.deepEqual(states, ['full', 'full'], what)
      await queue.assertStats({})
    }
  })

  for (const [what, name] of Object.entries(NAMES)) {
    test(`has one task where the second of three finds no room to replace the first (${what})`, async (scene) => {
      const queue = await scene.queue()
      const tasks = [
        { ...name, payload: '1', delayMs: 60_000 },
        { ...name, payload: '2', replace: true },
        { ...name, payload: '2', replace: true },
        { ...name, payload: '3', replace: true, delayMs: 60_000 },
      ]
      const receipts = await queue.offer(tasks, { capacity: 0 })
      const states = receipts.map(({ state }) => state)
      assert.deepEqual(states, ['accepted', 'full', 'full', 'accepted'])
      await queue.assertStats({ delayed: 1 })
      assert.equal((await queue.outcome(numberOf(receipts[0]!))).body, 'replaced')
    })
  }

  for (const [what, name] of Object.entries(NAMES)) {
    test(`leaves what one that found no room would have replaced to the next of its batch (${what})`, async (scene) => {
      const queue = await scene.queue()
      await queue.offer([{ payload: '0' }, { ...name, payload: '1', delayMs: 60_000 }])
      const tasks = [
        { ...name, payload: '2', replace: true },
        { ...name, payload: '3', replace: true, delayMs: 60_000 },
      ]
      const states = (await queue.offer(tasks, { capacity: 1 })).map(({ state }) => state)
      assert.deepEqual(states, ['full', 'accepted'])
      await queue.assertStats({ waiting: 1, delayed: 1 })
    })
  }
}
