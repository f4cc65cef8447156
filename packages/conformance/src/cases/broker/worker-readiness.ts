import assert from 'node:assert/strict'
import { assertCode } from '../../port-queue.ts'
import type { Test } from '../../topic.ts'
import { gate } from '../../values.ts'

export function workerReadiness(test: Test): void {
  test('says that the storage answers it, idle or with its hands full', async (scene) => {
    const queue = scene.broker().queue('q')
    const [running, hold] = [gate(), gate()]
    const worker = queue.process(() => (running.open(), hold.promise), { concurrency: 1, prefetch: false })
    await scene.during(worker.ready())
    await queue.enqueue(1)
    await scene.during(running.promise)
    const before = worker.stats().turns
    await scene.during(Promise.all([worker.ready({ timeoutMs: 5_000 }), worker.ready()]))
    // One call for both, which claims nothing, because no slot is free.
    assert.ok(worker.stats().turns <= before + 2, `${worker.stats().turns - before} turns`)
    assert.equal(worker.stats().running, 1)
    hold.open()
  })

  test('says it of a paused queue, too', async (scene) => {
    const queue = scene.broker().queue('q')
    await queue.pause()
    const worker = queue.process(() => 1)
    await scene.during(worker.ready())
  })

  test('leaves nothing behind', async (scene) => {
    const queue = scene.broker().queue('q')
    const worker = queue.process(() => 1)
    for (let i = 0; i < 5; i++) await scene.during(worker.ready())
    const { waiting, running, delayed, dead } = await queue.stats()
    assert.deepEqual([waiting, running, delayed, dead], [0, 0, 0, 0])
  })

  test('does not call itself ready once it is quiet or closed', async (scene) => {
    const queue = scene.broker().queue('q')
    const [quiet, closed] = [queue.process(() => 1), queue.process(() => 2)]
    await scene.during(Promise.all([quiet.quiet(), closed.close()]))
    await assertCode(scene.during(quiet.ready()), 'closed')
    await assertCode(scene.during(closed.ready()), 'closed')
    const closing = queue.process(() => 3)
    const [asked] = await scene.during(Promise.allSettled([closing.ready(), closing.close()]))
    if (asked.status === 'rejected') await assertCode(Promise.reject(asked.reason), 'closed')
  })

  test('calls wrong options of ready a mistake of the program', async (scene) => {
    const worker = scene
      .broker()
      .queue('q')
      .process(() => 1)
    for (const options of [{ timeoutMs: -1 }, { timeoutMs: 1.5 }, { timeout: 5 }, { signal: 1 }]) {
      await assert.rejects(worker.ready(options as never), TypeError)
    }
    const reason = new Error('enough')
    await assert.rejects(worker.ready({ signal: AbortSignal.abort(reason) }), reason)
  })
}
