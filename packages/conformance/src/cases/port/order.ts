import assert from 'node:assert/strict'
import { newTask, payloads, payloadsOf } from '../../port-queue.ts'
import type { Test } from '../../topic.ts'

export function order(test: Test): void {
  test('gives the oldest task first, within a batch and over batches', async (scene) => {
    const queue = await scene.queue()
    await queue.add('"1"', '"2"', '"3"')
    await queue.add('"4"')
    await queue.add('"5"', '"6"')
    const worker = queue.worker()
    assert.deepEqual(payloadsOf(await worker.claim(2)), ['"1"', '"2"'])
    assert.deepEqual(payloadsOf(await worker.claim(3)), ['"3"', '"4"', '"5"'])
    assert.deepEqual(payloadsOf(await worker.claim(3)), ['"6"'])
    assert.deepEqual(await worker.claim(3), [])
  })

  test('keeps the order in which batches were sent from one place, also where none was answered yet', async (scene) => {
    const queue = await scene.queue()
    const sent = payloads(40).map((payload, i) => {
      return queue.driver.enqueue({ lane: `lane-${i}`, seq: 1, atomic: false, tasks: [newTask(payload)] })
    })
    await Promise.all(sent)
    assert.deepEqual(payloadsOf(await queue.worker().claim()), payloads(40))
  })

  test('numbers tasks upwards, and never the same', async (scene) => {
    const queue = await scene.queue()
    const elsewhere = await scene.queueElsewhere()
    const numbers = [...(await queue.add('1', '2', '3')), ...(await elsewhere.add('4')), ...(await queue.add('5'))]
    for (const n of numbers) assert.match(n, /^\d{15,}$/)
    const sorted = [...numbers].sort((one, other) => Number(BigInt(one) - BigInt(other)))
    assert.deepEqual(numbers, sorted)
    assert.equal(new Set(numbers).size, numbers.length)
  })

  test('drains the levels from 9 down to 0 in one claim', async (scene) => {
    const queue = await scene.queue()
    const levels = [3, 9, 0, 5, 1, 8, 2, 7, 4, 6]
    await queue.add(...levels.map((level) => ({ level, payload: `"${level}"` })))
    const claimed = await queue.worker().claim(100)
    assert.deepEqual(payloadsOf(claimed), ['"9"', '"8"', '"7"', '"6"', '"5"', '"4"', '"3"', '"2"', '"1"', '"0"'])
  })

  test('keeps first in, first out inside a level', async (scene) => {
    const queue = await scene.queue()
    for (const payload of payloads(6)) await queue.add({ payload, level: Number(JSON.parse(payload)) % 2 })
    assert.deepEqual(payloadsOf(await queue.worker().claim()), ['"1"', '"3"', '"5"', '"2"', '"4"', '"6"'])
  })

  test('claims a task of a high level before those that waited longer', async (scene) => {
    const queue = await scene.queue()
    await queue.add('"first"', '"second"')
    await queue.add({ payload: '"urgent"', level: 9 })
    const worker = queue.worker()
    assert.deepEqual(payloadsOf(await worker.claim(1)), ['"urgent"'])
    assert.deepEqual(payloadsOf(await worker.claim(1)), ['"first"'])
  })
}
