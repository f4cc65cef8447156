import type { ClaimedTask, Receipt } from '@mq/core'
import assert from 'node:assert/strict'
import type { PortQueue } from '../../port-queue.ts'
import { setLimits, SHARES } from '../../port-sharing.ts'
import type { Test } from '../../topic.ts'

const SEALS = { seals: true }
const statesOf = (receipts: readonly Receipt[]): string[] => receipts.map(({ state }) => state)
const ofKey = (key: string) => ({ key, header: JSON.stringify({ key }) })

const isOf =
  (key: string) =>
  ({ header }: ClaimedTask): boolean =>
    header.includes(key)

const retire = async ({ driver }: PortQueue): Promise<number> => (await driver.apply({ kind: 'retire' })).changed

/** Of a partition of a queue that was divided anew. */
export function sealing(test: Test): void {
  test(
    'takes only tasks whose key has some that have not ended, from then on and of everybody',
    async (scene) => {
      const queue = await scene.queue()
      await queue.add(ofKey('a'), { ...ofKey('later'), delayMs: 60_000 })
      const states = statesOf(await queue.offer([ofKey('a'), ofKey('b'), ofKey('later'), '1'], SEALS))
      assert.deepEqual(states, ['accepted', 'moved', 'accepted', 'moved'])
      const worker = queue.worker()
      const claimed = await worker.claim(10)
      assert.equal(claimed.length, 3)
      // One of the key runs.
      assert.deepEqual(statesOf(await queue.offer([ofKey('a'), ofKey('b')])), ['accepted', 'moved'])
      const all = [...claimed, ...(await worker.claim(10))]
      await worker.turn({ settlements: all.map(({ lease }) => ({ kind: 'complete', lease })) })
      assert.deepEqual(statesOf(await queue.offer([ofKey('a'), ofKey('later')])), ['moved', 'accepted'])
    },
    SHARES,
  )

  test(
    'takes none of a key that it let go, though a letter of it is redriven there, or others are delayed',
    async (scene) => {
      const queue = await scene.queue()
      const worker = queue.worker()
      const [n] = await queue.bury(ofKey('a'))
      await queue.add(ofKey('b'))
      assert.deepEqual(statesOf(await queue.offer([ofKey('a'), ofKey('c')], SEALS)), ['moved', 'moved'])
      assert.deepEqual(await queue.driver.apply({ kind: 'redrive', tasks: [{ n: n!, delayMs: 0 }] }), {
        changed: 1,
        refused: [],
      })
      const offered = async (): Promise<string[]> => statesOf(await queue.offer([ofKey('a')]))
      assert.deepEqual(await offered(), ['moved'])
      const tasks = await worker.claim(10)
      assert.equal(tasks.length, 2)
      assert.deepEqual(await offered(), ['moved'])
      for (const { lease } of tasks) await worker.settle({ kind: 'retry', lease, delayMs: 60_000, charge: true })
      assert.deepEqual(await offered(), ['moved'])
      const delayed = Array.from({ length: 1_000 }, () => ({ ...ofKey('b'), delayMs: 60_000 }))
      for (let i = 0; i < 2; i++) await queue.add(...delayed)
      assert.deepEqual(statesOf(await queue.offer([ofKey('a'), ofKey('c')])), ['moved', 'moved'])
    },
    SHARES,
  )

  test(
    'keeps a key that it has, with a letter that is redriven there before it has none',
    async (scene) => {
      const queue = await scene.queue()
      const worker = queue.worker()
      const [n] = await queue.bury(ofKey('a'))
      await queue.add(ofKey('a'))
      assert.deepEqual(statesOf(await queue.offer([ofKey('b')], SEALS)), ['moved'])
      await queue.driver.apply({ kind: 'redrive', tasks: [{ n: n!, delayMs: 0 }] })
      const [first, second] = await worker.claim(2)
      await worker.settle({ kind: 'complete', lease: first!.lease })
      assert.deepEqual(statesOf(await queue.offer([ofKey('a')])), ['accepted'])
      await worker.settle({ kind: 'complete', lease: second!.lease })
    },
    SHARES,
  )

  test(
    'lets a task of another key take the place of one that waits, and that key does not come home by it',
    async (scene) => {
      const queue = await scene.queue()
      await queue.add({ ...ofKey('a'), id: 'own' })
      assert.deepEqual(statesOf(await queue.offer([ofKey('b')], SEALS)), ['moved'])
      const other = { ...ofKey('b'), id: 'own', replace: true }
      assert.deepEqual(statesOf(await queue.offer([other, ofKey('b')])), ['accepted', 'moved'])
      assert.deepEqual(statesOf(await queue.offer([ofKey('b'), ofKey('a')])), ['moved', 'moved'])
    },
    SHARES,
  )

  test(
    'keeps a key without tasks until its rate and its holds are over, unless it let it go before',
    async (scene) => {
      const queue = await scene.queue()
      const worker = queue.worker({ limits: { perKey: { rate: { count: 1, perMs: 2_000, burst: 1 } } } })
      const [letter] = await queue.bury(ofKey('gone'))
      await queue.add(ofKey('rated'), ofKey('held'))
      const tasks = await worker.claim(10)
      const [rated, held] = [tasks.find(isOf('rated'))!, tasks.find(isOf('held'))!]
      await worker.settle({ kind: 'complete', lease: rated.lease })
      await worker.settle({ kind: 'release', lease: held.lease, hold: { scope: 'key', forMs: 4_000 } })
      assert.equal(await queue.cancel(held.n), 'cancelled')
      const offered = async (): Promise<string[]> => {
        const receipts = await queue.offer([ofKey('rated'), ofKey('held'), ofKey('gone'), ofKey('other')], SEALS)
        for (const receipt of receipts) if (receipt.state === 'accepted') await queue.cancel(receipt.n)
        return statesOf(receipts)
      }
      assert.deepEqual(await offered(), ['accepted', 'accepted', 'moved', 'moved'])
      await queue.driver.apply({ kind: 'redrive', tasks: [{ n: letter!, delayMs: 0 }] })
      const again = await worker.claimOne()
      await worker.settle({ kind: 'complete', lease: again.lease })
      assert.deepEqual(await offered(), ['accepted', 'accepted', 'moved', 'moved'])
      await scene.pass(2_050)
      assert.deepEqual(await offered(), ['moved', 'accepted', 'moved', 'moved'])
      await scene.pass(2_050)
      assert.deepEqual(await offered(), ['moved', 'moved', 'moved', 'moved'])
    },
    SHARES,
  )

  test(
    'keeps a key until its rate is over also while there is no such limit, which may come back',
    async (scene) => {
      const queue = await scene.queue()
      const worker = queue.worker({ limits: { perKey: { rate: { count: 1, perMs: 3_600_000, burst: 1 } } } })
      await queue.add(ofKey('a'))
      const { lease } = await worker.claimOne()
      await worker.settle({ kind: 'complete', lease })
      await setLimits(queue, {})
      const receipts = await queue.offer([ofKey('a'), ofKey('b')], SEALS)
      assert.deepEqual(statesOf(receipts), ['accepted', 'moved'])
    },
    SHARES,
  )

  test('redrives no letter whose own id is of a task elsewhere', async (scene) => {
    const queue = await scene.queue()
    const own = { id: 'own', header: JSON.stringify({ id: 'own' }) }
    const [n] = await queue.bury(own)
    assert.deepEqual(statesOf(await queue.offer([{ ...own, replace: true }], SEALS)), ['moved'])
    const redriven = await queue.driver.apply({ kind: 'redrive', tasks: [{ n: n!, delayMs: 0 }] })
    assert.deepEqual(redriven, { changed: 0, refused: [0] })
    assert.deepEqual(await queue.dead(), [n])
  })

  test('forgets the ids of ended tasks that a batch takes elsewhere as a whole, and none where it is not', async (scene) => {
    const queue = await scene.queue()
    const own = { id: 'own', header: JSON.stringify({ id: 'own' }) }
    const ended = { id: 'ended', header: JSON.stringify({ id: 'ended' }) }
    const [n] = await queue.bury(own)
    await queue.add(ended)
    const worker = queue.worker()
    const { lease } = await worker.claimOne()
    await worker.settle({ kind: 'complete', lease })
    await queue.add({ id: 'known' })
    const whole = { ...SEALS, atomic: true }
    const letter = { n: n!, delayMs: 0 }
    const taking = [own, ended].map((task) => ({ ...task, payload: '2', replace: true }))
    assert.deepEqual(statesOf(await queue.offer([...taking, { id: 'known' }], whole)), ['moved', 'moved', 'full'])
    assert.deepEqual(statesOf(await queue.offer([own, ended])), ['existing', 'existing'])
    assert.deepEqual(statesOf(await queue.offer([...taking, { id: 'new' }, '3'], whole)), Array(4).fill('moved'))
    const redriven = await queue.driver.apply({ kind: 'redrive', tasks: [letter] })
    assert.deepEqual(redriven, { changed: 0, refused: [0] })
    assert.deepEqual(statesOf(await queue.offer([own, ended])), ['moved', 'moved'])
  })

  test('answers again what was stored before, and knows the ids that it has', async (scene) => {
    const queue = await scene.queue()
    const [n] = await queue.add({ id: 'known' })
    const task = { level: 4, delayMs: 0, header: '', payload: '1' }
    const batch = { lane: 'before.0', seq: 1, atomic: false, tasks: [task] }
    const stored = await queue.driver.enqueue(batch)
    const receipts = await queue.offer([{ id: 'known' }, { id: 'new' }], SEALS)
    assert.deepEqual(receipts, [{ state: 'existing', n }, { state: 'moved' }])
    assert.deepEqual(await queue.driver.enqueue(batch), stored)
    assert.deepEqual(statesOf(await queue.driver.enqueue({ ...batch, seq: 2 })), ['moved'])
  })

  test('stores nothing of a batch that is not at home as a whole', async (scene) => {
    const queue = await scene.queue()
    await queue.add({ id: 'known' })
    const receipts = await queue.offer([{ id: 'known' }, { id: 'new' }], { ...SEALS, atomic: true })
    assert.deepEqual(statesOf(receipts), ['full', 'moved'])
    await queue.assertStats({ waiting: 1 })
  })

  test('does not retire what is in use, or was sealed less than a minute ago', async (scene) => {
    const queue = await scene.queue()
    await queue.add('1')
    assert.equal(await retire(queue), 0)
    await queue.assertStats({ waiting: 1 })
    assert.deepEqual(statesOf(await queue.offer(['2'])), ['moved'])
    const worker = queue.worker()
    const [task] = await worker.claim(1)
    assert.equal(await retire(queue), 0)
    await worker.turn({ settlements: [{ kind: 'complete', lease: task!.lease }], keepResults: false })
    assert.equal(await retire(queue), 0)
    assert.deepEqual(statesOf(await queue.offer(['3'])), ['moved'])
  })

  test(
    'retires what has been sealed for a minute once nothing is left, and takes nothing then',
    async (scene) => {
      const queue = await scene.queue()
      await queue.offer(['1'], SEALS)
      await scene.pass(59_900)
      assert.equal(await retire(queue), 0)
      await scene.pass(200)
      assert.equal(await retire(queue), 1)
      assert.deepEqual(statesOf(await queue.offer(['2'])), ['moved'])
      assert.equal(await retire(queue), 1)
    },
    { longTime: true },
  )

  test(
    'retires not before the rate and the hold of every key are over',
    async (scene) => {
      const queue = await scene.queue()
      const worker = queue.worker({ limits: { perKey: { rate: { count: 1, perMs: 3_600_000, burst: 1 } } } })
      await queue.add(ofKey('a'))
      const { lease } = await worker.claimOne()
      await worker.turn({ settlements: [{ kind: 'complete', lease }], keepResults: false })
      assert.equal(await retire(queue), 0)
      await scene.pass(3_500_000)
      assert.equal(await retire(queue), 0)
      await scene.pass(100_000)
      assert.equal(await retire(queue), 1)
    },
    { ...SHARES, longTime: true },
  )
}
