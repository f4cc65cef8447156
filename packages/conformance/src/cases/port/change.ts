import assert from 'node:assert/strict'
import { numberOf, payloadsOf } from '../../port-queue.ts'
import type { Test } from '../../topic.ts'

export function change(test: Test): void {
  test('lets a delayed task wait, behind those of its level', async (scene) => {
    const queue = await scene.queue()
    const [n] = await queue.add({ payload: '"later"', delayMs: 3_600_000 }, '"1"', '"2"')
    assert.equal(await queue.change(n!, { delayMs: 0 }), 'changed')
    assert.deepEqual(await queue.read(n!), { state: 'waiting', n })
    await queue.assertStats({ waiting: 3 })
    assert.equal(await queue.change(n!, { delayMs: 0 }), 'changed')
    assert.deepEqual(payloadsOf(await queue.worker().claim()), ['"1"', '"2"', '"later"'])
    await scene.pass(20)
    assert.deepEqual(await queue.worker().claim(), [])
  })

  test('lets a waiting task be due later, and makes room by it', async (scene) => {
    const queue = await scene.queue()
    const [n] = await queue.add('"1"', '"2"')
    assert.equal(await queue.change(n!, { delayMs: 50 }), 'changed')
    await queue.assertStats({ waiting: 1, delayed: 1 })
    const reading = await queue.read(n!)
    assert.ok(
      reading.state === 'delayed' && !reading.blocked && reading.dueInMs > 0 && reading.dueInMs <= 50,
      JSON.stringify(reading),
    )
    const [receipt] = await queue.offer([{ payload: '"3"' }], { capacity: 2 })
    assert.equal(receipt?.state, 'accepted')
    assert.deepEqual(payloadsOf(await queue.worker().claim()), ['"2"', '"3"'])
    await scene.pass(60)
    assert.deepEqual(payloadsOf(await queue.worker().claim()), ['"1"'])
  })

  test('lets a delayed task be due sooner, and later', async (scene) => {
    const queue = await scene.queue()
    const [sooner, later] = await queue.add({ payload: '"a"', delayMs: 3_600_000 }, { payload: '"b"', delayMs: 40 })
    assert.equal(await queue.change(sooner!, { delayMs: 50 }), 'changed')
    assert.equal(await queue.change(later!, { delayMs: 3_600_000 }), 'changed')
    await scene.pass(70)
    assert.deepEqual(payloadsOf(await queue.worker().claim()), ['"a"'])
    await queue.assertStats({ delayed: 1, running: 1 })
  })

  test('gives a waiting task another level, at its end', async (scene) => {
    const queue = await scene.queue()
    const [first, second] = await queue.add('"1"', '"2"', '"3"', { payload: '"9"', level: 9 })
    assert.equal(await queue.change(second!, { level: 9 }), 'changed')
    assert.equal(await queue.change(first!, { level: 0 }), 'changed')
    assert.equal((await queue.driver.inspect({ n: second! })).level, 9)
    await queue.assertStats({ waiting: 4 })
    assert.deepEqual(payloadsOf(await queue.worker().claim()), ['"9"', '"2"', '"3"', '"1"'])
  })

  test('leaves a task of the same level in its place', async (scene) => {
    const queue = await scene.queue()
    const [n] = await queue.add('"1"', '"2"')
    assert.equal(await queue.change(n!, { level: 4, delayMs: 0 }), 'changed')
    assert.deepEqual(payloadsOf(await queue.worker().claim()), ['"1"', '"2"'])
  })

  test('gives a delayed task another level, and leaves when it is due', async (scene) => {
    const queue = await scene.queue()
    const [n] = await queue.add({ payload: '"1"', delayMs: 50 }, { payload: '"2"', delayMs: 40 })
    assert.equal(await queue.change(n!, { level: 5 }), 'changed')
    assert.deepEqual(await queue.worker().claim(), [])
    await scene.pass(70)
    assert.deepEqual(payloadsOf(await queue.worker().claim()), ['"1"', '"2"'])
  })

  test('gives back a changed task in its new level', async (scene) => {
    const queue = await scene.queue()
    const [n] = await queue.add('"1"')
    await queue.change(n!, { level: 7 })
    const worker = queue.worker()
    const { lease } = await worker.claimOne()
    await queue.add({ payload: '"6"', level: 6 })
    await worker.settle({ kind: 'retry', lease, delayMs: 0, charge: false })
    assert.deepEqual(payloadsOf(await worker.claim()), ['"1"', '"6"'])
  })

  test('gives a task another payload, in its place, with its header, enqueued when it was', async (scene) => {
    const queue = await scene.queue()
    const header = '{"timeoutMs":7}'
    const [n, later] = await queue.add({ payload: '"1"', header }, '"2"')
    await queue.change(later!, { delayMs: 3_600_000 })
    const big = JSON.stringify('x'.repeat(100_000))
    assert.equal(await queue.change(n!, { payload: big }), 'changed')
    assert.equal(await queue.change(later!, { payload: '"ü\\n2"', delayMs: 0 }), 'changed')
    const claimed = await queue.worker().claim()
    assert.deepEqual(
      claimed.map(({ n, header, payload }) => [n, header, payload]),
      [
        [n, header, big],
        [later, '', '"ü\\n2"'],
      ],
    )
    assert.ok(claimed.every(({ enqueuedAt, claimedAt }) => enqueuedAt <= claimedAt))
  })

  test('keeps what a task has been through', async (scene) => {
    const queue = await scene.queue()
    const [n] = await queue.add('"1"')
    const worker = queue.worker()
    const first = await worker.claimOne()
    await queue.driver.note([{ lease: first.lease, kind: 'memo', body: '"step"' }])
    await worker.settle({ kind: 'retry', lease: first.lease, delayMs: 3_600_000, charge: true })
    assert.equal(await queue.change(n!, { delayMs: 0, level: 8, payload: '"2"' }), 'changed')
    const again = await worker.claimOne()
    assert.deepEqual([again.n, again.payload, again.failures, again.memo], [n, '"2"', 1, '"step"'])
    assert.notEqual(again.lease, first.lease)
    assert.ok(again.fence > first.fence)
    assert.deepEqual(await worker.settle({ kind: 'complete', lease: first.lease }), [0])
  })

  test('is too late for a task that runs, has ended, or never was', async (scene) => {
    const queue = await scene.queue()
    const [running, ended, dead] = await queue.add('"1"', { id: 'own' }, '"3"')
    const worker = queue.worker()
    const [, own, broken] = await worker.claim(3)
    await worker.settle(
      { kind: 'complete', lease: own!.lease, id: 'own' },
      { kind: 'bury', lease: broken!.lease, reason: 'broken', detail: '' },
    )
    const change = { delayMs: 1, level: 9, payload: '"other"' }
    for (const ref of [running!, ended!, dead!, { id: 'own' }, { id: 'never-there' }, '123456789012345']) {
      assert.equal(await queue.change(ref, change), 'too-late')
    }
    await queue.assertStats({ running: 1, dead: 1 })
    assert.equal((await queue.driver.list({ state: 'dead', limit: 1 }))[0]?.payload, '"3"')
  })

  test('makes the id of its task stand for the new payload', async (scene) => {
    const queue = await scene.queue()
    const header = '{"id":"own"}'
    const [n] = await queue.add({ id: 'own', header, payload: '"old"' })
    assert.equal(await queue.change({ id: 'own' }, { payload: '"new"' }), 'changed')
    const offers = [
      { id: 'own', header, payload: '"new"' },
      { id: 'own', header, payload: '"old"' },
    ]
    const receipts = await queue.offer(offers)
    assert.deepEqual(receipts, [
      { state: 'existing', n },
      { state: 'conflict', n },
    ])
    const worker = queue.worker()
    const { lease, payload } = await worker.claimOne()
    assert.equal(payload, '"new"')
    await worker.settle({ kind: 'complete', lease, id: 'own' })
    assert.deepEqual(await queue.offer(offers), receipts)
  })

  test('leaves a deduplicated task under its key', async (scene) => {
    const queue = await scene.queue()
    const dedupe = { key: 'k', windowMs: 60_000 }
    const [n] = await queue.add({ dedupe, payload: '"old"' })
    await queue.change(n!, { payload: '"new"', delayMs: 3_600_000 })
    const [receipt] = await queue.offer([{ dedupe, payload: '"third"' }])
    assert.deepEqual([receipt?.state, numberOf(receipt)], ['existing', n])
    await queue.change(n!, { delayMs: 0 })
    assert.deepEqual(payloadsOf(await queue.worker().claim()), ['"new"'])
  })

  test('lets a changed task be replaced, cancelled and purged', async (scene) => {
    const queue = await scene.queue()
    const [own, other] = await queue.add({ id: 'own', payload: '"1"' }, '"2"', '"3"', { delayMs: 3_600_000 })
    for (const n of [own!, other!]) await queue.change(n, { level: 6 })
    await queue.offer([{ id: 'own', payload: '"new"', replace: true }])
    assert.equal(await queue.cancel(other!), 'cancelled')
    assert.deepEqual(payloadsOf(await queue.worker().claim(1)), ['"3"'])
    const { changed } = await queue.driver.apply({ kind: 'purge', state: 'waiting', reason: '', limit: 10 })
    assert.equal(changed, 1)
    assert.deepEqual(await queue.worker().claim(), [])
    await queue.assertStats({ delayed: 1, running: 1 })
  })

  test('runs a task once however often it is changed while others claim', async (scene) => {
    const queue = await scene.queue()
    const elsewhere = await scene.queueElsewhere()
    const numbers = await queue.add(...Array.from({ length: 40 }, (_, i) => JSON.stringify(i)))
    const given: string[] = []
    const workers = [queue.worker(), elsewhere.worker()]
    for (let round = 0; given.length < numbers.length; round++) {
      assert.ok(round < 200, `${given.length} tasks were given`)
      const n = numbers[(round * 7) % numbers.length]!
      const changes = [{ level: round % 10 }, { delayMs: 1 }, { delayMs: 0, level: 4 }]
      const [claims] = await Promise.all([
        workers[round % 2]!.claim(1),
        ...changes.map((change, i) => [queue, elsewhere][i % 2]!.change(n, change)),
      ])
      given.push(...claims.map((task) => task.n))
      await scene.pass(2)
    }
    assert.deepEqual([...given].sort(), [...numbers].sort())
    await queue.assertStats({ running: numbers.length })
  })

  test('leaves a suspect aside when its level changes, and lets it be due later', async (scene) => {
    const queue = await scene.queue()
    const [n] = await queue.add('"suspect"')
    for (let lost = 0; lost < 2; lost++) {
      const { lease } = await queue.worker().claimOne({ leaseMs: 20 })
      await queue.driver.note([{ lease, kind: 'start', body: '' }])
      await scene.pass(30)
    }
    await queue.add('"plain"')
    const careful = { suspectFrom: 2 }
    assert.deepEqual(payloadsOf(await queue.worker().claim(1, careful)), ['"plain"'])
    assert.equal(await queue.change(n!, { level: 9 }), 'changed')
    assert.deepEqual(await queue.worker().claim(1, careful), [])
    assert.equal(await queue.change(n!, { delayMs: 40 }), 'changed')
    assert.deepEqual(await queue.worker().claim(), [])
    await scene.pass(50)
    assert.deepEqual(await queue.worker().claim(1, careful), [])
    await queue.assertStats({ waiting: 1, running: 1 })
    const [suspect] = await queue.worker().claim()
    assert.deepEqual([suspect?.n, suspect?.crashes], [n, 2])
  })

  for (const [what, change] of Object.entries({ 'waits now': { delayMs: 0 }, 'is due earlier': { delayMs: 5_000 } })) {
    test(`wakes an idle worker when a task ${what}`, async (scene) => {
      const queue = await scene.queue()
      const [n] = await queue.add({ delayMs: 3_600_000 })
      const elsewhere = await scene.queueElsewhere()
      const hints = await elsewhere.hear()
      await elsewhere.worker().waitForWork()
      await queue.change(n!, change)
      await scene.eventually(() => hints.count('work') > 0, 'a hint that there is work')
    })
  }

  test('gives whoever waits for room a hint when a task is due later', async (scene) => {
    const queue = await scene.queue()
    const elsewhere = await scene.queueElsewhere()
    const hints = await elsewhere.hear()
    const [n] = await queue.add('"1"')
    const [receipt] = await elsewhere.offer(['"2"'], { capacity: 1, awaitRoom: true })
    assert.equal(receipt?.state, 'full')
    await queue.change(n!, { delayMs: 3_600_000 })
    await scene.eventually(() => hints.count('room') > 0, 'a hint that there is room')
  })

  test('lets a promoted task wait beyond the capacity, as one that becomes due does', async (scene) => {
    const queue = await scene.queue()
    const [n] = await queue.add({ delayMs: 3_600_000 }, '"1"')
    assert.equal(await queue.change(n!, { delayMs: 0 }), 'changed')
    const [receipt] = await queue.offer(['"2"'], { capacity: 2 })
    assert.equal(receipt?.state, 'full')
    await queue.assertStats({ waiting: 2 })
  })
}
