import { createBroker, MqError, silentLogger } from '@mq/core'
import type { Broker } from '@mq/core'
import assert from 'node:assert/strict'
import { assertCode } from '../../port-queue.ts'
import type { Test } from '../../topic.ts'
import { gate } from '../../values.ts'

/** All that a program may call, on handles that it took while the broker was open. */
function operations(broker: Broker): Record<string, () => unknown> {
  const queue = broker.queue('q')
  const task = queue.task('own')
  const channel = broker.channel('c')
  return {
    'broker.ready': () => broker.ready(),
    'broker.queue': () => broker.queue('other'),
    'broker.channel': () => broker.channel('other'),
    'queue.enqueue': () => queue.enqueue(1),
    'queue.enqueueAll': () => queue.enqueueAll([{ payload: 1 }]),
    'queue.process': () => queue.process(() => 1),
    'queue.stats': () => queue.stats(),
    'queue.pause': () => queue.pause(),
    'queue.resume': () => queue.resume(),
    'queue.drain': () => queue.drain(),
    'queue.purge': () => queue.purge(),
    'queue.obliterate': () => queue.obliterate(),
    'queue.explain': () => queue.explain('own'),
    'queue.dead.list': () => queue.dead.list(),
    'queue.dead.redrive': () => queue.dead.redrive('all'),
    'queue.dead.discard': () => queue.dead.discard('all'),
    'task.result': () => task.result(),
    'task.outcome': () => task.outcome(),
    'task.status': () => task.status(),
    'task.cancel': () => task.cancel(),
    'task.progress': () => task.progress()[Symbol.asyncIterator]().next(),
    'channel.publish': () => channel.publish(1),
    'channel.subscribe': () => channel.subscribe(() => undefined),
    'channel.messages': () => channel.messages()[Symbol.asyncIterator]().next(),
  }
}

export function brokerLife(test: Test): void {
  test('reports what an operator has to know of the storage, or says that its adapter does not', async (scene) => {
    const broker = scene.broker()
    const report = await scene.during(broker.storage()).catch((thrown: unknown) => {
      assert.ok(MqError.is(thrown, 'unsupported'))
    })
    if (report !== undefined) {
      assert.match(report.kind, /^[a-z][a-z-]*$/)
      for (const { name, value } of report.facts) {
        assert.match(name, /^[a-z][a-z-]*$/)
        if (typeof value === 'number') assert.ok(Number.isFinite(value))
      }
      assert.equal(new Set(report.facts.map(({ name }) => name)).size, report.facts.length)
      const ranks = report.findings.map(({ level }) => ['error', 'warning', 'ok'].indexOf(level))
      assert.ok(ranks.length > 0 && !ranks.includes(-1))
      assert.deepEqual(
        ranks,
        ranks.toSorted((a, b) => a - b),
      )
      for (const { code, text } of report.findings) assert.ok(/^[a-z][a-z-]*$/.test(code) && /[.?]$/.test(text))
      assert.deepEqual(JSON.parse(JSON.stringify(report)), report)
    }
    await scene.during(broker.close())
    await assert.rejects(broker.storage(), { code: 'closed' })
  })

  test('is ready, as often as it is asked', async (scene) => {
    const broker = scene.broker()
    await scene.during(broker.ready())
    await scene.during(Promise.all([broker.ready({ timeoutMs: 5_000 }), broker.ready()]))
    const reason = new Error('enough')
    await assert.rejects(broker.ready({ signal: AbortSignal.abort(reason) }), reason)
    assert.deepEqual(broker.capabilities, scene.fixture.adapter.capabilities)
  })

  test('works without being asked whether it is ready', async (scene) => {
    const queue = scene.broker().queue('q')
    queue.process((n) => n)
    const task = await scene.during(queue.enqueue(7))
    assert.equal(await scene.during(task.result()), 7)
    assert.equal((await scene.during(scene.broker().channel('c').publish('x'))).n, 1)
    assert.equal((await scene.during(scene.broker().queue('q').stats())).waiting, 0)
  })

  test('closes twice, at the same time, and by disposal', async (scene) => {
    const broker = scene.broker()
    broker.queue('q').process(() => 1)
    await scene.during(Promise.all([broker.close(), broker.close()]))
    await scene.during(broker.close())
    await scene.during(broker[Symbol.asyncDispose]())
  })

  test('closes before it is ready, and leaves nothing hanging', async (scene) => {
    const broker = scene.broker()
    const calls = Object.values(operations(broker)).map(async (operation) => operation())
    const closed = broker.close()
    await scene.during(Promise.allSettled([...calls, closed]))
    await closed
  })

  test('ends all that waits when it closes', async (scene) => {
    const broker = scene.broker()
    const queue = broker.queue('q')
    const task = await queue.enqueue(1)
    const waits = [
      assertCode(task.result(), 'closed'),
      assertCode(task.outcome(), 'closed'),
      assertCode(task.progress()[Symbol.asyncIterator]().next(), 'closed'),
    ]
    await scene.pass(30)
    await scene.during(broker.close())
    await scene.during(Promise.all(waits))
  })

  test('closes its workers, which end what they run', async (scene) => {
    const broker = scene.broker()
    const queue = broker.queue('q')
    const end = gate()
    const worker = queue.process(() => end.promise)
    const task = await queue.enqueue(1)
    await scene.eventually(() => worker.stats().running === 1, 'a start')
    const closed = broker.close({ deadlineMs: 5_000 })
    await scene.pass(20)
    end.open()
    await scene.during(closed)
    assert.equal(worker.stats().completed, 1)
    assert.equal((await scene.broker().queue('q').task(task.id).status()).state, 'completed')
  })

  test('delivers no message when it is closed', async (scene) => {
    const broker = scene.broker()
    const heard: unknown[] = []
    await scene.during(broker.channel('c').subscribe(({ payload }) => void heard.push(payload)))
    await scene.during(broker.close())
    await scene.broker().channel('c').publish('x')
    await scene.pass(50)
    assert.deepEqual(heard, [])
  })

  for (const name of Object.keys(operations(neverUsed()))) {
    test(`refuses ${name} when it is closed`, async (scene) => {
      const broker = scene.broker()
      const operation = operations(broker)[name]!
      await scene.during(broker.close())
      await assertCode(scene.during((async () => operation())()), 'closed')
    })
  }

  test('calls a misspelt option a mistake of the program', async (scene) => {
    const options = { loger: silentLogger } as object
    assert.throws(() => createBroker(scene.fixture.adapter, options), TypeError)
    const broker = scene.broker()
    assert.throws(() => broker.queue('a b'), { code: 'invalid-options' })
    assert.throws(() => broker.channel('{x}'), { code: 'invalid-options' })
  })
}

/** Only to list the operations. */
function neverUsed(): Broker {
  const handle = new Proxy({}, { get: () => () => handle }) as never
  return handle
}
