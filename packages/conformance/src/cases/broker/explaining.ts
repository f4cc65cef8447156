import { defineQueue, MqError } from '@mq/core'
import type { Because, Queue } from '@mq/core'
import assert from 'node:assert/strict'
import { PortQueue } from '../../port-queue.ts'
import type { Test } from '../../topic.ts'
import { gate } from '../../values.ts'

async function because(queue: Queue<any, any, any, any>, id: string): Promise<Because> {
  const { because: reason, text } = await queue.explain(id)
  assert.ok(text.length > 10 && text.endsWith('.'), text)
  return reason
}

export function explaining(test: Test): void {
  test('explains a task that is unknown, or has ended', async (scene) => {
    const queue = scene.broker().queue('q')
    assert.equal(await because(queue, 'never-there'), 'unknown')
    const task = await queue.enqueue(1)
    await task.cancel()
    assert.equal(await because(queue, task.id), 'ended')
    await assert.rejects(queue.explain('not an id'), { code: 'invalid-id' })
  })

  test('explains that no worker is there', async (scene) => {
    const queue = scene.broker().queue('q')
    const task = await queue.enqueue(1)
    assert.equal(await because(queue, task.id), 'no-worker')
    const worker = queue.process(() => 1)
    await scene.during(task.result())
    await scene.during(worker.close())
    const next = await queue.enqueue(2)
    await scene.pass(6_000)
    assert.equal(await because(queue, next.id), 'no-worker')
  })

  test('reports and explains that a worker waits for itself', async (scene) => {
    const codes: unknown[] = []
    const broker = scene.broker({ onError: (error) => codes.push(MqError.is(error) && error.code) })
    const queue = broker.queue('q')
    const worker = queue.process(async () => (await queue.enqueue('child')).result(), { concurrency: 2 })
    await queue.enqueueAll([{ payload: 1 }, { payload: 2 }])
    await scene.eventually(() => codes.length > 0, 'a report')
    const { id } = await queue.enqueue('one more')
    assert.equal(await because(queue, id), 'self-wait')
    assert.deepEqual(codes, ['self-wait'])
    const closing = worker.close({ deadlineMs: 0 })
    await scene.during(closing)
  })

  test('explains that the queue is paused', async (scene) => {
    const queue = scene.broker().queue('q')
    await queue.pause()
    const task = await queue.enqueue(1)
    assert.equal(await because(queue, task.id), 'paused')
  })

  test('explains delays and backoff', async (scene) => {
    const queue = scene.broker().queue(defineQueue({ name: 'q', backoff: { kind: 'fixed', baseMs: 60_000 } }))
    const task = await queue.enqueue('later', { delayMs: 60_000 })
    assert.equal(await because(queue, task.id), 'delayed')
    queue.process(() => {
      throw new Error('no')
    })
    const failing = await queue.enqueue('fails')
    await scene.eventually(async () => (await failing.status()).state === 'delayed', 'a failed attempt')
    assert.equal(await because(queue, failing.id), 'backing-off')
  })

  test('explains what a busy worker is busy with', async (scene) => {
    const queue = scene.broker().queue('q')
    const held = gate()
    queue.process(() => held.promise, { concurrency: 1, prefetch: false })
    const [running, next, behind] = await queue.enqueueAll([1, 2, 3].map((payload) => ({ payload })))
    await scene.eventually(async () => (await running!.status()).state === 'running', 'a running task')
    assert.equal(await because(queue, running!.id), 'running')
    assert.equal(await because(queue, next!.id), 'workers-busy')
    assert.equal(await because(queue, behind!.id), 'behind-others')
    held.open()
  })

  test('explains a task whose worker fell silent', async (scene) => {
    const queue = scene.broker().queue('q')
    const port = new PortQueue((await scene.open()).queue('q'))
    const task = await queue.enqueue(1)
    await port.worker().claimOne({ leaseMs: 1_000 })
    await scene.pass(1_100)
    assert.equal(await because(queue, task.id), 'lease-over')
  })

  test('explains that no worker is there to recover a task whose worker is gone, or to see that one is due', async (scene) => {
    const queue = scene.broker().queue('q')
    const port = new PortQueue((await scene.open()).queue('q'))
    const [held, later] = await queue.enqueueAll([{ payload: 1 }, { payload: 2, delayMs: 1_000, expiresInMs: 2_000 }])
    await port.worker().claimOne({ leaseMs: 1_000 })
    await scene.pass(6_500)
    assert.equal(await because(queue, held!.id), 'no-worker')
    assert.match((await queue.explain(held!.id)).text, /silent for a whole lease.* No worker of this queue has called/)
    assert.equal(await because(queue, later!.id), 'no-worker')
    const { expiresAt, enqueuedAt } = (await later!.read())!
    assert.equal(expiresAt, enqueuedAt! + 2_000)
    await queue.pause()
    assert.equal(await because(queue, held!.id), 'paused')
  })

  test('explains a suspect', async (scene) => {
    const queue = scene.broker().queue('q')
    const port = new PortQueue((await scene.open()).queue('q'))
    const [task] = await queue.enqueueAll([{ payload: 'suspect' }])
    const worker = port.worker()
    for (let crash = 0; crash < 2; crash++) {
      const { lease } = await worker.claimOne({ leaseMs: 1_000 })
      await port.driver.note([{ lease, kind: 'start', body: '' }])
      await scene.pass(1_050)
    }
    await worker.settle({ kind: 'release', lease: (await worker.claimOne()).lease })
    assert.equal(await because(queue, task!.id), 'suspect')
  })

  test('explains that it is the next one', async (scene) => {
    const queue = scene.broker().queue('q')
    const port = new PortQueue((await scene.open()).queue('q'))
    await port.hear()
    await queue.pause()
    const task = await queue.enqueue(1)
    await port.worker().waitForWork()
    // This wakes no worker: the worker of the port is slow.
    await queue.resume()
    assert.equal(await because(queue, task.id), 'next')
  })
}
