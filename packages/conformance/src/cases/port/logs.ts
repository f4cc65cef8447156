import type { Note, StoredLog } from '@mq/core'
import { MAX_LOG_BYTES, MAX_LOG_LINES } from '@mq/core/adapter'
import assert from 'node:assert/strict'
import { assertRefused } from '../../port-queue.ts'
import type { PortQueue } from '../../port-queue.ts'
import type { Test } from '../../topic.ts'

const note = (lease: string, body: string, dropped?: number): Note => ({ lease, kind: 'log', body, dropped })

async function logOf(queue: PortQueue, n: string): Promise<StoredLog | undefined> {
  return (await queue.driver.inspect({ n }, { content: true })).content?.log
}

const textsOf = (log: StoredLog | undefined): unknown => log?.lines.map(({ line }) => line)

export function logs(test: Test): void {
  test('keeps what a task logs in all its runs, with the time, until it ends', async (scene) => {
    const queue = await scene.queue()
    const [n = '', other = ''] = await queue.add('1', '2')
    const worker = queue.worker()
    const [task, otherTask] = await worker.claim()
    assert.equal(await logOf(queue, n), undefined)
    const held = [note(task!.lease, '"a"\n|"b"'), note(otherTask!.lease, 'x'), note(task!.lease, 'ü\u2028\u2029')]
    assert.deepEqual(await queue.driver.note(held), [true, true, true])
    await worker.settle({ kind: 'retry', lease: task!.lease, delayMs: 0, charge: true, error: '{}' })
    assert.deepEqual(await queue.driver.note([note(task!.lease, 'late')]), [false])
    const { lease } = await worker.claimOne()
    await queue.driver.note([note(lease, 'l1|c', 3), { lease, kind: 'memo', body: 'm' }])
    const log = await logOf(queue, n)
    assert.deepEqual([textsOf(log), log?.dropped], [['"a"', '|"b"', 'ü\u2028\u2029', 'l1|c'], 3])
    const { content, readAt } = await queue.driver.inspect({ n }, { content: true })
    for (const { at } of log!.lines) assert.ok(at >= content!.enqueuedAt && at <= readAt)
    assert.equal((await queue.driver.inspect({ n })).content, undefined)
    await worker.settle({ kind: 'complete', lease }, { kind: 'complete', lease: otherTask!.lease })
    assert.deepEqual([await logOf(queue, n), await logOf(queue, other)], [undefined, undefined])
  })

  test('keeps it with the dead letter, and not in the life after', async (scene) => {
    const queue = await scene.queue()
    const [n = '', plain = ''] = await queue.add('1', '2')
    const worker = queue.worker()
    const { lease } = await worker.claimOne()
    await queue.driver.note([note(lease, 'a', 1)])
    await worker.settle({ kind: 'bury', lease, reason: 'bad', detail: 'd' })
    const log = await logOf(queue, n)
    assert.deepEqual([textsOf(log), log?.dropped], [['a'], 1])
    const [letter] = await queue.driver.list({ state: 'dead', limit: 1 })
    assert.deepEqual([letter?.detail, letter?.payload], ['d', '1'])
    await worker.settle({ kind: 'bury', lease: (await worker.claimOne()).lease, reason: 'bad', detail: '' })
    assert.equal(await logOf(queue, plain), undefined)
    await queue.driver.apply({ kind: 'redrive', tasks: [{ n, delayMs: 0 }] })
    assert.equal(await logOf(queue, n), undefined)
    await worker.claimOne()
    assert.equal(await logOf(queue, n), undefined)
  })

  test('keeps the last lines of a long one, in number and in bytes, and counts the others', async (scene) => {
    const queue = await scene.queue()
    const [many = '', large = ''] = await queue.add('1', '2')
    const [a, b] = await queue.worker().claim()
    const line = (i: number): string => `line ${i}`
    for (let from = 0; from < 250; from += 50) {
      const lines = Array.from({ length: 50 }, (_, i) => line(from + i))
      await queue.driver.note([note(a!.lease, lines.join('\n'))])
    }
    const log = await logOf(queue, many)
    assert.deepEqual(
      textsOf(log),
      Array.from({ length: MAX_LOG_LINES }, (_, i) => line(150 + i)),
    )
    assert.equal(log?.dropped, 150)
    for (let i = 0; i < 20; i++) await queue.driver.note([note(b!.lease, `${i % 10}${'ü'.repeat(999)}`)])
    const kept = (await logOf(queue, large))!
    const bytes = kept.lines.reduce((sum, { line: text }) => sum + Buffer.byteLength(text) + 14, 0)
    assert.ok(bytes <= MAX_LOG_BYTES && bytes + 2_013 > MAX_LOG_BYTES, `${bytes} bytes`)
    assert.equal(kept.dropped + kept.lines.length, 20)
    assert.equal(kept.lines.at(-1)?.line[0], '9')
  })

  test('refuses lines that are none', async (scene) => {
    const queue = await scene.queue()
    await queue.add('1')
    const { lease } = await queue.worker().claimOne()
    const wrong = ['', 'a\n\nb', 'a\tb', 'x'.repeat(4_097), 'x\n'.repeat(100) + 'x', 7 as never]
    for (const body of wrong) await assertRefused(queue.driver.note([note(lease, body)]))
    for (const dropped of [-1, 0.5, NaN]) await assertRefused(queue.driver.note([note(lease, 'a', dropped)]))
  })
}
