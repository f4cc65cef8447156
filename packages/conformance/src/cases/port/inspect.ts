import assert from 'node:assert/strict'
import { payloads } from '../../port-queue.ts'
import type { Test } from '../../topic.ts'

export function inspect(test: Test): void {
  test('reports how many tasks are claimed before a waiting one', async (scene) => {
    const queue = await scene.queue()
    const numbers = await queue.add(...payloads(3), { level: 9 })
    const facts = await queue.driver.inspect({ n: numbers[2]! })
    assert.deepEqual(facts.reading, { state: 'waiting', n: numbers[2] })
    assert.deepEqual([facts.level, facts.ahead, facts.paused, facts.running], [4, 3, false, 0])
    assert.equal((await queue.driver.inspect({ n: numbers[3]! })).ahead, 0)
  })

  test('does not count beyond a thousand', async (scene) => {
    const queue = await scene.queue()
    await queue.add(...payloads(1_000))
    const [n] = await queue.add('"last"', '"later"')
    const { ahead } = await queue.driver.inspect({ n: n! })
    assert.ok(ahead === undefined || ahead === 1_000)
    const [later] = (await queue.add(...payloads(1_000))).slice(-1)
    assert.equal((await queue.driver.inspect({ n: later! })).ahead, undefined)
  })

  test('reports of a running task how long it is held, and its failures and crashes', async (scene) => {
    const queue = await scene.queue()
    const [n] = await queue.add('1')
    const worker = queue.worker()
    await worker.settle({ kind: 'retry', lease: (await worker.claimOne()).lease, delayMs: 0, charge: true })
    await worker.claimOne({ leaseMs: 5_000 })
    const facts = await queue.driver.inspect({ n: n! })
    assert.deepEqual([facts.reading.state, facts.failures, facts.crashes, facts.running], ['running', 1, 0, 1])
    assert.ok(facts.leaseEndsInMs! > 4_000 && facts.leaseEndsInMs! <= 5_000)
    assert.ok(facts.workerSeenAgoMs! < 3_000)
    await scene.pass(5_100)
    assert.ok((await queue.driver.inspect({ n: n! })).leaseEndsInMs! <= 0)
  })

  test('reports delayed, ended and unknown tasks, pauses and idle workers', async (scene) => {
    const queue = await scene.queue()
    const elsewhere = await scene.queueElsewhere()
    await elsewhere.hear()
    const empty = await queue.driver.inspect({ id: 'never-there' })
    assert.deepEqual([empty.reading.state, empty.workerSeenAgoMs], ['unknown', undefined])
    await elsewhere.worker().waitForWork()
    assert.equal((await queue.driver.inspect({ id: 'never-there' })).idleWorkers, 1)
    await queue.driver.apply({ kind: 'pause' })
    const [n] = await queue.add({ delayMs: 1_000, id: 'own' })
    const delayed = await queue.driver.inspect({ id: 'own' })
    assert.deepEqual([delayed.reading.state, delayed.paused], ['delayed', true])
    await queue.cancel(n!)
    assert.equal((await queue.driver.inspect({ n: n! })).reading.state, 'ended')
  })

  test('reports what is stored of a task that has not ended, or is dead, where that is asked for', async (scene) => {
    const queue = await scene.queue()
    const [n = ''] = await queue.add({ payload: '{"a":"ü"}', header: '{"headers":{}}' })
    const { enqueuedAt } = (await queue.driver.inspect({ n }, { content: true })).content!
    assert.ok(Math.abs(enqueuedAt - Date.now()) < 1e9)
    const content = { enqueuedAt, header: '{"headers":{}}', payload: '{"a":"ü"}' }
    assert.equal((await queue.driver.inspect({ n })).content, undefined)
    const worker = queue.worker()
    const lease = async (): Promise<string> => (await worker.claimOne()).lease
    await worker.settle({ kind: 'retry', lease: await lease(), delayMs: 0, charge: true })
    await worker.settle({ kind: 'bury', lease: await lease(), reason: 'bad', detail: '', charge: true })
    const dead = await queue.driver.inspect({ n }, { content: true })
    assert.deepEqual([dead.content, dead.failures, dead.crashes], [content, 2, 0])
    const [other = ''] = await queue.add('1')
    await queue.cancel(other)
    assert.equal((await queue.driver.inspect({ n: other }, { content: true })).content, undefined)
    assert.equal((await queue.driver.inspect({ id: 'never' }, { content: true })).content, undefined)
  })
}
