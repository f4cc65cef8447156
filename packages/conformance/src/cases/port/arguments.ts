import type { NewTask, Turn } from '@mq/core'
import assert from 'node:assert/strict'
import { assertRefused, newTask, payloads, payloadsOf } from '../../port-queue.ts'
import type { Test } from '../../topic.ts'

const TEXTS: Record<string, string> = {
  'an empty text': '""',
  'a number': '0',
  null: 'null',
  'text in many scripts': JSON.stringify('生产消费者模式 — ñ ß 🍜 مرحبا \u0000 \u2028'),
  'half of a surrogate pair': JSON.stringify('\ud83c'),
  'quotes, percents, braces and line breaks': JSON.stringify('"\'%s%%{}[]|,;\\ \r\n\t#:'),
  'digits that a double cannot hold': '123456789012345678901234567890.5e+300',
  'a megabyte': JSON.stringify('x'.repeat(1_048_574)),
}

const WRONG_TASKS: Record<string, Partial<NewTask>> = {
  'level −1': { level: -1 },
  'level 10': { level: 10 },
  'level 4.5': { level: 4.5 },
  'a level that is no number': { level: Number.NaN },
  'a delay of −1 ms': { delayMs: -1 },
  'a delay that is not a number': { delayMs: Number.NaN },
  'a delay without an end': { delayMs: Number.POSITIVE_INFINITY },
  'a header of two lines': { header: '{}\n{}' },
  'a window of −1 ms': { dedupe: { key: 'k', windowMs: -1 } },
}

const WRONG_TURNS: Record<string, Partial<Turn>> = {
  'want −1': { want: -1 },
  'want 1,001': { want: 1_001 },
  'want 7,000': { want: 7_000 },
  'a want that is no number': { want: Number.NaN },
  'a lane without a name': { lane: '' },
  'half a number as seq': { seq: 1.5 },
  'bytes without an end': { maxBytes: Number.POSITIVE_INFINITY },
  'a settlement of another kind': { settlements: [{ kind: 'forget', lease: '1#1' } as never] },
  'a retry in the past': { settlements: [{ kind: 'retry', lease: '1#1', delayMs: -1, charge: true }] },
  '1,001 settlements': {
    settlements: Array.from({ length: 1_001 }, (_, i) => ({ kind: 'complete', lease: `${i}#0` })),
  },
}

export function boundaryArguments(test: Test): void {
  for (const [name, text] of Object.entries(TEXTS)) {
    test(`carries ${name} unchanged, as payload, result and progress`, async (scene) => {
      const queue = await scene.queue()
      const [n] = await queue.add(text)
      const worker = queue.worker()
      const { lease, payload } = await worker.claimOne()
      assert.ok(payload === text, 'the payload')
      await queue.driver.note([{ lease, kind: 'progress', body: text }])
      const reading = await queue.read(n!)
      assert.ok(reading.state === 'running' && reading.progress === text, 'the progress')
      await worker.settle({ kind: 'complete', lease, result: text })
      assert.ok((await queue.outcome(n!)).body === text, 'the result')
    })
  }

  test('carries headers, reasons and details unchanged', async (scene) => {
    const queue = await scene.queue()
    const text = JSON.stringify({ 'x "y"': "生 | , ; # ' \\ % \t" })
    const [n] = await queue.add({ header: text, payload: '1' }, { header: text, payload: '2' }, { header: text })
    const worker = queue.worker()
    const claimed = await worker.claim(3)
    assert.ok(claimed.every(({ header }) => header === text))
    await worker.settle({ kind: 'bury', lease: claimed[0]!.lease, reason: text, detail: text })
    const { reason, body } = await queue.outcome(n!)
    assert.deepEqual([reason, body], [text, text])
    const [letter] = await queue.driver.list({ state: 'dead', limit: 1 })
    assert.deepEqual([letter?.reason, letter?.detail, letter?.header], [text, text, text])
    await queue.cancel(claimed[1]!.n, text)
    assert.equal((await queue.outcome(claimed[1]!.n)).body, text)
  })

  test('takes empty batches and empty turns', async (scene) => {
    const queue = await scene.queue()
    assert.deepEqual(await queue.offer([]), [])
    assert.deepEqual(await queue.offer([], { atomic: true, capacity: 0 }), [])
    assert.deepEqual(await queue.worker().settle(), [])
    assert.deepEqual(await queue.driver.read([]), [])
    await queue.assertStats({})
  })

  test('takes a thousand tasks in one batch, and settles a thousand in one turn', async (scene) => {
    const queue = await scene.queue()
    const numbers = await queue.add(...payloads(1_000))
    assert.equal(new Set(numbers).size, 1_000)
    const worker = queue.worker()
    const claimed = await worker.claim(1_000)
    assert.deepEqual(payloadsOf(claimed), payloads(1_000))
    const stale = await worker.settle(
      ...claimed.map(({ lease, n }) => ({ kind: 'complete', lease, result: n }) as const),
    )
    assert.deepEqual(stale, [])
    const readings = await queue.driver.read(numbers.map((n) => ({ n })))
    assert.ok(readings.every((reading, i) => reading.state === 'ended' && reading.outcome.body === numbers[i]))
  })

  test('refuses more than a thousand tasks, in a batch or a read', async (scene) => {
    const queue = await scene.queue()
    await assertRefused(queue.offer(payloads(1_001)))
    await assertRefused(queue.driver.read(payloads(1_001).map((n) => ({ n }))))
    await queue.assertStats({})
  })

  for (const [what, wrong] of Object.entries(WRONG_TASKS)) {
    test(`refuses ${what}, and adds nothing of the batch`, async (scene) => {
      const queue = await scene.queue()
      await assertRefused(queue.offer(['"good"', newTask(wrong)]))
      await queue.assertStats({})
    })
  }

  for (const [what, wrong] of Object.entries(WRONG_TURNS)) {
    test(`refuses ${what}, and neither settles nor claims`, async (scene) => {
      const queue = await scene.queue()
      await queue.add('"a"', '"b"')
      const worker = queue.worker()
      const { lease } = await worker.claimOne()
      await assertRefused(worker.turn({ want: 1, settlements: [{ kind: 'complete', lease }], ...wrong }))
      await queue.assertStats({ waiting: 1, running: 1 })
      assert.deepEqual(payloadsOf(await worker.claim()), ['"b"'])
    })
  }
}
