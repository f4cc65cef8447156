import assert from 'node:assert/strict'
import { PortQueue, payloadsOf } from '../../port-queue.ts'
import type { Test } from '../../topic.ts'

export function isolation(test: Test): void {
  test('has the capabilities that its sheet lists', async ({ fixture, options }) => {
    const everything = { durable: true, crossProcess: true, groups: true, patterns: true, sharded: true }
    assert.deepEqual({ ...fixture.adapter.capabilities }, { ...(options.capabilities ?? everything) })
  })

  test('starts each case on an empty storage', async (scene) => {
    const one = await scene.queue()
    const other = new PortQueue((await scene.open(await scene.another())).queue('tasks'))
    await one.add('"one"')
    assert.deepEqual(await other.worker().claim(), [])
    await other.add('"other"')
    assert.deepEqual(payloadsOf(await one.worker().claim()), ['"one"'])
  })

  test('shares a queue between the participants of one storage', async (scene) => {
    const here = await scene.queue()
    const there = await scene.queueElsewhere()
    await here.add('"sent over"')
    assert.deepEqual(payloadsOf(await there.worker().claim()), ['"sent over"'])
  })

  test('keeps queues of different names apart, and a channel of the same name', async (scene) => {
    const storage = await scene.open()
    const names = ['a', 'b', 'a.b', 'A', 'a-b_c']
    const queues = names.map((name) => new PortQueue(storage.queue(name)))
    await storage.channel('a').publish(['"a message"'])
    for (const [i, queue] of queues.entries()) await queue.add({ id: 'same', payload: JSON.stringify(names[i]) })
    for (const [i, queue] of queues.entries()) {
      await queue.assertStats({ waiting: 1 })
      assert.deepEqual(payloadsOf(await queue.worker().claim()), [JSON.stringify(names[i])])
    }
  })
}
