import { DEFAULT_KEEP } from '@mq/core'
import type { Keep, KeepLimits, Settlement, Turn, TurnReply } from '@mq/core'
import assert from 'node:assert/strict'
import type { PortQueue, PortWorker } from '../../port-queue.ts'
import type { Test } from '../../topic.ts'

function keeping(which: keyof Keep, limits: Partial<KeepLimits>): Keep {
  return { ...DEFAULT_KEEP, [which]: { ...DEFAULT_KEEP[which], ...limits } }
}

/** Completes so many tasks, one a call, and returns their numbers. */
async function complete(queue: PortQueue, worker: PortWorker, count: number, keep?: Keep): Promise<string[]> {
  const numbers: string[] = []
  for (let i = 0; i < count; i++) {
    numbers.push(...(await queue.add(`${i}`)))
    const { lease } = await worker.claimOne()
    await worker.turn({ settlements: [{ kind: 'complete', lease, result: `"${i}"` }], keep })
  }
  return numbers
}

/**
 * Buries tasks with these payloads, one a call, and returns how many dead letters were dropped, as the turns reported.
 */
async function bury(queue: PortQueue, worker: PortWorker, payloads: readonly string[], keep?: Keep): Promise<number> {
  let dropped = 0
  for (const payload of payloads) {
    await queue.add(payload)
    const { claimed, deadDropped = 0 } = await worker.turn({ want: 1 })
    const settlement: Settlement = { kind: 'bury', lease: claimed[0]!.lease, reason: 'broken', detail: '' }
    // Any turn may drop what exceeds a bound, and report it.
    dropped += deadDropped + ((await worker.turn({ settlements: [settlement], keep })).deadDropped ?? 0)
  }
  return dropped
}

export function retention(test: Test): void {
  test('keeps the result of a task as its settlement says, whatever the turn does with the others', async (scene) => {
    const queue = await scene.queue()
    const worker = queue.worker()
    for (const keepResults of [true, false]) {
      const numbers = await queue.add({ id: `a${keepResults}` }, '2', '3', '4')
      const [watched = ''] = numbers
      await queue.read(watched, { watch: true })
      const keeps = [!keepResults, keepResults, undefined, !keepResults]
      const settlements = (await worker.claim()).map(({ lease }, i) => ({
        kind: 'complete' as const,
        lease,
        id: i === 0 ? `a${keepResults}` : undefined,
        result: i === 3 ? undefined : `"${i}"`,
        keep: keeps[i],
      }))
      const hints = await queue.hear()
      await worker.turn({ settlements, keepResults })
      await scene.eventually(() => hints.count('ended') === 1, 'a hint of the end, with the result')
      assert.equal(hints.of('ended')[0]?.outcome.body, '"0"')
      const states = await Promise.all(numbers.map(async (n) => (await queue.read(n)).state))
      const kept = keeps.map((keep) => ((keep ?? keepResults) ? 'ended' : 'unknown'))
      assert.deepEqual(states, kept)
      if (kept[0] === 'ended') assert.equal((await queue.outcome(watched)).body, '"0"')
      if (kept[3] === 'ended') assert.equal((await queue.outcome(numbers[3]!)).body, undefined)
    }
  })

  test('drops the oldest dead letters past a bound, counts them, and says so in a turn', async (scene) => {
    const queue = await scene.queue()
    const worker = queue.worker()
    const letters = ['1', '2', '3', '4', '5', '6', '7']
    assert.equal(await bury(queue, worker, letters, keeping('dead', { maxCount: 3 })), 4)
    await queue.assertStats({ dead: 3, deadDropped: 4 })
    const kept = await queue.driver.list({ state: 'dead', limit: 10 })
    assert.deepEqual(kept.map(({ payload }) => payload).sort(), ['5', '6', '7'])
    // The bounds apply to calls that have none.
    assert.equal(await bury(queue, queue.worker(), ['8']), 1)
    await queue.assertStats({ dead: 3, deadDropped: 5 })
    assert.equal((await queue.worker().turn()).deadDropped, undefined)
  })

  test('says again what was dropped when the reply that said it was lost', async (scene) => {
    const queue = await scene.queue()
    const keep = keeping('dead', { maxCount: 1 })
    await bury(queue, queue.worker(), ['1'], keep)
    await queue.add('2')
    const { lease } = await queue.worker().claimOne()
    const turn: Turn = {
      lane: 'cut.0',
      seq: 1,
      repeat: false,
      settlements: [{ kind: 'bury', lease, reason: 'broken', detail: '' }],
      want: 0,
      maxBytes: 0,
      suspectFrom: undefined,
      leaseMs: 1_000,
      keepResults: false,
      keep,
      awaitWork: false,
    }
    const first = await queue.driver.settleAndClaim(turn)
    const again = await queue.driver.settleAndClaim({ ...turn, repeat: true })
    assert.deepEqual([first.deadDropped, again.deadDropped, again.stale], [1, 1, []])
  })

  test('keeps dead letters within their bytes, and knows what a redrive or a discard frees', async (scene) => {
    const queue = await scene.queue()
    const worker = queue.worker()
    const keep = keeping('dead', { maxBytes: 10_000 })
    const large = `"${'x'.repeat(3_000)}"`
    assert.equal(await bury(queue, worker, [large, large, large], keep), 0)
    assert.equal(await bury(queue, worker, ['1', large], keep), 1)
    await queue.assertStats({ dead: 4, deadDropped: 1 })
    const numbers = await queue.dead()
    const lift = numbers.slice(0, 2)
    await queue.driver.apply({ kind: 'discard', tasks: lift.slice(0, 1) })
    await queue.driver.apply({ kind: 'redrive', tasks: lift.slice(1).map((n) => ({ n, delayMs: 60_000 })) })
    assert.equal(await bury(queue, worker, ['2', '3'], keep), 0)
    await queue.driver.apply({ kind: 'discard', tasks: await queue.dead() })
    assert.equal(await bury(queue, worker, [large, large, large], keep), 0)
    await queue.assertStats({ dead: 3, delayed: 1, deadDropped: 1 })
  })

  test('keeps more than 10,000 dead letters where nobody set a number', async (scene) => {
    const queue = await scene.queue()
    const worker = queue.worker()
    for (let round = 0; round < 11; round++) {
      await queue.add(...Array.from({ length: 1_000 }, () => '1'))
      const claimed = await worker.claim(1_000)
      await worker.settle(
        ...claimed.map(({ lease }) => ({ kind: 'bury', lease, reason: 'broken', detail: '' }) as const),
      )
    }
    await queue.assertStats({ dead: 11_000 })
  })

  test('lists dead letters without their payloads where nobody wants them', async (scene) => {
    const queue = await scene.queue()
    const [n = ''] = await queue.bury({ id: 'own', header: '{"id":"own"}', payload: '"a payload\\n"' })
    const [full] = await queue.driver.list({ state: 'dead', limit: 1 })
    assert.ok(full && full.bytes >= full.header.length + full.payload.length)
    const expected = [{ ...full, payload: '' }]
    assert.deepEqual(await queue.driver.list({ state: 'dead', limit: 1, payloads: false }), expected)
    assert.deepEqual(await queue.driver.list({ state: 'dead', only: [n], limit: 1, payloads: false }), expected)
  })

  test('keeps the outcome of a task that took long like any other', async (scene) => {
    const queue = await scene.queue()
    const keep = keeping('results', { maxCount: 20 })
    const [long = '', cancelled = ''] = await queue.add({ id: 'long', payload: '1' }, { delayMs: 3_600_000 })
    const slow = queue.worker()
    const { lease } = await slow.claimOne()
    const worker = queue.worker()
    const [first = ''] = await complete(queue, worker, 30, keep)
    assert.equal((await queue.read(first)).state, 'unknown')
    await slow.turn({ settlements: [{ kind: 'complete', lease, id: 'long', result: '"late"' }], keep })
    await queue.cancel(cancelled)
    const others = await complete(queue, worker, 18, keep)
    assert.deepEqual(
      [(await queue.outcome(long)).body, (await queue.outcome(cancelled)).state],
      ['"late"', 'cancelled'],
    )
    for (const n of others) assert.equal((await queue.outcome(n)).state, 'completed')
    assert.deepEqual(await queue.offer([{ id: 'long', payload: '1' }]), [{ state: 'existing', n: long }])
    await complete(queue, worker, 22, keep)
    assert.equal((await queue.read(long)).state, 'unknown')
  })

  test('keeps results within their bytes', async (scene) => {
    const queue = await scene.queue()
    const worker = queue.worker()
    const keep = keeping('results', { maxBytes: 5_000 })
    const numbers: string[] = []
    for (let i = 0; i < 9; i++) {
      numbers.push(...(await queue.add('1')))
      const { lease } = await worker.claimOne()
      await worker.turn({ settlements: [{ kind: 'complete', lease, result: `"${'x'.repeat(1_000)}"` }], keep })
    }
    const states = (await queue.driver.read(numbers.map((n) => ({ n })))).map(({ state }) => state)
    assert.deepEqual(states, [...Array<string>(5).fill('unknown'), ...Array<string>(4).fill('ended')])
  })

  test('drops dead letters whose time is over as fast as others are buried', async (scene) => {
    const queue = await scene.queue()
    const worker = queue.worker()
    const keep = keeping('dead', { maxAgeMs: 50 })
    let reported = 0
    const turn = async (given: Partial<Turn>): Promise<TurnReply> => {
      const reply = await worker.turn({ keep, ...given })
      reported += reply.deadDropped ?? 0
      return reply
    }
    const buryMany = async (): Promise<void> => {
      await queue.add(...Array.from({ length: 500 }, () => '1'))
      const { claimed } = await turn({ want: 500 })
      const settlements = claimed.map(({ lease }) => ({ kind: 'bury', lease, reason: 'broken', detail: '' }) as const)
      await turn({ settlements })
    }
    for (let round = 0; round < 4; round++) {
      await buryMany()
      assert.ok(reported >= 500 * round, `${reported} were reported after ${round} rounds`)
      await scene.pass(60)
    }
  })

  test('forgets results, and counts dead letters, when their time is over', async (scene) => {
    const queue = await scene.queue()
    const worker = queue.worker()
    const keep = { dead: { ...DEFAULT_KEEP.dead, maxAgeMs: 50 }, results: { ...DEFAULT_KEEP.results, maxAgeMs: 50 } }
    const [n = ''] = await complete(queue, worker, 1, keep)
    // On a busy machine the first may be over by the time the second comes.
    const before = await bury(queue, worker, ['1', '2'], keep)
    await scene.pass(60)
    assert.equal((await queue.read(n)).state, 'unknown')
    await queue.assertStats({ dead: 0, deadDropped: 2 })
    assert.deepEqual(await queue.driver.list({ state: 'dead', limit: 10 }), [])
    assert.equal(before + ((await worker.turn({ want: 1 })).deadDropped ?? 0), 2)
  })
}
