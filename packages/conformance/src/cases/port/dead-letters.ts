import assert from 'node:assert/strict'
import { assertRefused, payloadsOf } from '../../port-queue.ts'
import type { Test } from '../../topic.ts'

const NOW = { delayMs: 0 }

export function deadLetters(test: Test): void {
  test('lists dead letters page by page, newest first, each once', async (scene) => {
    const queue = await scene.queue()
    const numbers = await queue.bury(...Array.from({ length: 10 }, (_, i) => `"${i}"`))
    const pages: string[][] = []
    let after: { n: string; diedAt: number } | undefined
    for (;;) {
      const page = await queue.driver.list({ state: 'dead', limit: 4, after })
      if (page.length === 0) break
      pages.push(page.map(({ n }) => n))
      after = page.at(-1)
    }
    assert.deepEqual(pages.flat(), numbers.toReversed())
    assert.deepEqual(
      pages.map((page) => page.length),
      [4, 4, 2],
    )
  })

  test('goes on behind a letter that is gone, and leaves none out', async (scene) => {
    const queue = await scene.queue()
    const numbers: string[] = []
    for (let i = 0; i < 4; i++) {
      numbers.unshift(...(await queue.bury(`"${i}"`)))
      await scene.pass(5)
    }
    const [first] = await queue.driver.list({ state: 'dead', limit: 1 })
    await queue.driver.apply({ kind: 'discard', tasks: [first!.n] })
    assert.deepEqual(await queue.dead({ after: first }), numbers.slice(1))
  })

  test('lists those of a time, or those that are named', async (scene) => {
    const queue = await scene.queue()
    const numbers: string[] = []
    for (let i = 0; i < 3; i++) {
      numbers.push(...(await queue.bury(`"${i}"`)))
      await scene.pass(5)
    }
    const all = await queue.driver.list({ state: 'dead', limit: 10 })
    const times = all.map(({ diedAt }) => diedAt)
    assert.deepEqual(await queue.dead({ diedFrom: times[1]! }), [numbers[2], numbers[1]])
    assert.deepEqual(await queue.dead({ diedTo: times[1]! }), [numbers[1], numbers[0]])
    assert.deepEqual(await queue.dead({ diedFrom: times[1]!, diedTo: times[1]! }), [numbers[1]])
    assert.deepEqual(await queue.dead({ diedFrom: times[1]!, after: all[0] }), [numbers[1]])
    const living = (await queue.add('"lives"'))[0]!
    assert.deepEqual(await queue.dead({ only: [numbers[2]!, living, numbers[0]!] }), [numbers[2], numbers[0]])
  })

  test('redrives: a new life with its number, its attempts from 0, at the end of its level', async (scene) => {
    const queue = await scene.queue()
    const [n] = await queue.bury('"old"')
    await queue.add('"other"')
    assert.deepEqual(await queue.driver.apply({ kind: 'redrive', tasks: [{ n: n!, ...NOW }] }), {
      changed: 1,
      refused: [],
    })
    await queue.assertStats({ waiting: 2 })
    const [, again] = await queue.worker().claim()
    assert.deepEqual([again!.n, again!.payload, again!.failures, again!.crashes], [n, '"old"', 0, 0])
  })

  test('gives a redriven task a lease that no worker had before', async (scene) => {
    const queue = await scene.queue()
    const [n] = await queue.add('1')
    const zombie = queue.worker()
    const old = await zombie.claimOne()
    await zombie.settle({ kind: 'bury', lease: old.lease, reason: 'broken', detail: '' })
    await queue.driver.apply({ kind: 'redrive', tasks: [{ n: n!, ...NOW }] })
    const claimed = await queue.worker().claimOne()
    assert.notEqual(claimed.lease, old.lease)
    assert.ok(claimed.fence > old.fence)
    assert.deepEqual(await zombie.settle({ kind: 'complete', lease: old.lease }), [0])
    assert.deepEqual(await queue.driver.extend([old.lease, claimed.lease], 1_000), ['lost', 'held'])
  })

  test('redrives with another payload, or later', async (scene) => {
    const queue = await scene.queue()
    const [a, b] = await queue.bury('"a"', '"b"')
    const tasks = [
      { n: a!, delayMs: 0, payload: '"edited"' },
      { n: b!, delayMs: 1_000 },
    ]
    assert.equal((await queue.driver.apply({ kind: 'redrive', tasks })).changed, 2)
    await queue.assertStats({ waiting: 1, delayed: 1 })
    assert.deepEqual(payloadsOf(await queue.worker().claim()), ['"edited"'])
    await scene.pass(1_010)
    assert.deepEqual(payloadsOf(await queue.worker().claim()), ['"b"'])
  })

  test('counts the time to expire of a redriven task from when it is due', async (scene) => {
    const queue = await scene.queue()
    const [n] = await queue.bury('1')
    await queue.add('2')
    const { claimedAt: before } = await queue.worker().claimOne()
    await queue.driver.apply({ kind: 'redrive', tasks: [{ n: n!, delayMs: 500 }] })
    await scene.pass(600)
    const { claimedAt, enqueuedAt } = await queue.worker().claimOne()
    assert.ok(enqueuedAt - before >= 500 && enqueuedAt <= claimedAt, `${enqueuedAt - before} ms after the redrive`)
  })

  test('wakes an idle worker for a redriven task', async (scene) => {
    const queue = await scene.queue()
    const [n] = await queue.bury('1')
    const elsewhere = await scene.queueElsewhere()
    const hints = await elsewhere.hear()
    await elsewhere.worker().waitForWork()
    await queue.driver.apply({ kind: 'redrive', tasks: [{ n: n!, ...NOW }] })
    await scene.eventually(() => hints.count('work') > 0, 'a hint that there is work')
  })

  test('redrives a letter once, and says of which nothing was done', async (scene) => {
    const queue = await scene.queue()
    const [n] = await queue.bury('1')
    const living = (await queue.add('2'))[0]!
    const tasks = [n!, '123456789012345', n!].map((each) => ({ n: each, ...NOW }))
    assert.deepEqual(await queue.driver.apply({ kind: 'redrive', tasks }), { changed: 1, refused: [1, 2] })
    assert.deepEqual(await queue.driver.apply({ kind: 'redrive', tasks: [{ n: living, ...NOW }] }), {
      changed: 0,
      refused: [0],
    })
    await queue.assertStats({ waiting: 2 })
  })

  test('redrives the letter that is meant, not what died again since', async (scene) => {
    const queue = await scene.queue()
    const [n] = await queue.bury('1')
    const [letter] = await queue.driver.list({ state: 'dead', limit: 1 })
    const redrive = { kind: 'redrive', tasks: [{ n: n!, diedAt: letter!.diedAt, ...NOW }] } as const
    await scene.pass(5)
    assert.deepEqual(await queue.driver.apply(redrive), { changed: 1, refused: [] })
    const worker = queue.worker()
    await worker.settle({ kind: 'bury', lease: (await worker.claimOne()).lease, reason: 'again', detail: '' })
    assert.deepEqual(await queue.driver.apply(redrive), { changed: 0, refused: [0] })
    await queue.assertStats({ dead: 1 })
  })

  test('lets an own id stand for its redriven task again', async (scene) => {
    const queue = await scene.queue()
    const [n] = await queue.bury({ id: 'own', payload: '"old"', header: '{"id":"own"}' })
    const tasks = [{ n: n!, ...NOW, payload: '"edited"' }]
    await queue.driver.apply({ kind: 'redrive', tasks })
    assert.deepEqual(await queue.read({ id: 'own' }), { state: 'waiting', n })
    assert.deepEqual(await queue.offer([{ id: 'own', payload: '"edited"' }]), [{ state: 'existing', n }])
    assert.deepEqual(await queue.offer([{ id: 'own', payload: '"old"' }]), [{ state: 'conflict', n }])
  })

  test(
    'keeps an own id for a dead letter while that is kept',
    async (scene) => {
      const queue = await scene.queue()
      const [n] = await queue.bury({ id: 'own', payload: '1', header: '{"id":"own"}' })
      await scene.pass(7_200_000)
      await queue.offer(Array.from({ length: 100 }, (_, i) => ({ id: `other-${i}` })))
      assert.deepEqual(await queue.offer([{ id: 'own', payload: '1' }]), [{ state: 'existing', n }])
      assert.equal((await queue.outcome({ id: 'own' })).state, 'dead')
    },
    { longTime: true },
  )

  test('discards dead letters for good', async (scene) => {
    const queue = await scene.queue()
    const [a, b] = await queue.bury('1', '2')
    assert.deepEqual(await queue.driver.apply({ kind: 'discard', tasks: [a!, '123456789012345'] }), { changed: 1 })
    assert.deepEqual(await queue.dead(), [b])
    assert.equal((await queue.driver.apply({ kind: 'redrive', tasks: [{ n: a!, ...NOW }] })).changed, 0)
  })

  test('refuses more than 1,000 at once, and negative delays', async (scene) => {
    const queue = await scene.queue()
    const many = Array.from({ length: 1_001 }, (_, i) => String(i))
    await assertRefused(queue.driver.apply({ kind: 'discard', tasks: many }))
    await assertRefused(queue.driver.apply({ kind: 'redrive', tasks: many.map((n) => ({ n, ...NOW })) }))
    await assertRefused(queue.driver.apply({ kind: 'redrive', tasks: [{ n: '1', delayMs: -1 }] }))
    await assertRefused(queue.driver.list({ state: 'dead', limit: 1_001 }))
  })
}
