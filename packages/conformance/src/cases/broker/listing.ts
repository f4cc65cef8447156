import { defineChannel } from '@mq/core'
import type { WorkerEntry } from '@mq/core'
import assert from 'node:assert/strict'
import type { Test } from '../../topic.ts'
import { gate } from '../../values.ts'

export function listing(test: Test): void {
  test('names the queues that were used, from any process, and no handle that was not', async (scene) => {
    const broker = scene.broker()
    broker.queue('untouched')
    await broker.queue('b').enqueue(1)
    await broker.queue('a').enqueueAll([{ payload: 1 }, { payload: 2 }])
    const worker = scene
      .broker()
      .queue('worked')
      .process(() => undefined)
    const other = scene.broker()
    await scene.eventually(async () => (await other.queues()).length === 3, 'all three')
    assert.deepEqual(await other.queues(), ['a', 'b', 'worked'])
    assert.deepEqual(await broker.queues({ limit: 1, after: 'a' }), ['b'])
    assert.deepEqual(await other.channels(), [])
    await scene.during(worker.close())
  })

  test('names the channels that were published to', async (scene) => {
    const broker = scene.broker()
    await broker.channel('news').publish(1)
    await broker.channel('alerts').publishAll([{ message: 1 }])
    assert.deepEqual(await broker.channels(), ['alerts', 'news'])
    assert.deepEqual(await broker.queues(), [])
  })

  test('names no queue or channel that was obliterated, until it is used again', async (scene) => {
    const broker = scene.broker()
    const [queue, channel] = [broker.queue('q'), broker.channel('c')]
    await queue.enqueue(1)
    await channel.publish(1)
    await queue.obliterate()
    await channel.obliterate()
    assert.deepEqual([await scene.broker().queues(), await scene.broker().channels()], [[], []])
    await queue.enqueue(2)
    await channel.publish(2)
    assert.deepEqual([await broker.queues(), await broker.channels()], [['q'], ['c']])
  })

  test('refuses a page that is none', async (scene) => {
    const broker = scene.broker()
    for (const page of [{ limit: 0 }, { limit: 1_001 }, { after: 'a:b' }, { before: 'a' }, 1]) {
      await assert.rejects(broker.queues(page as never), { code: 'invalid-options' })
    }
    const channel = broker.channel('news')
    await broker.close()
    for (const call of [channel.groups(), broker.queues(), broker.channels(), broker.workers()]) {
      await assert.rejects(call, { code: 'closed' })
    }
  })

  test('says of a worker of batches how large they are, of a queue and of a group', async (scene) => {
    const broker = scene.broker()
    const batches = broker.queue('q').processBatch((payloads) => payloads, { size: 20, concurrency: 3 })
    const news = broker.channel(defineChannel({ name: 'news', history: { maxCount: 10 } }))
    const group = await news.consumeBatch('g', (messages) => messages.map(() => undefined), { size: 5 })
    const found = new Map<string | undefined, WorkerEntry>()
    await scene.eventually(async () => {
      for (const worker of await scene.broker().workers()) found.set(worker.queue ?? worker.group, worker)
      return found.size === 2
    }, 'both workers')
    assert.deepEqual([found.get('q')!.concurrency, found.get('q')!.batchSize], [3, 20])
    assert.deepEqual([found.get('g')!.concurrency, found.get('g')!.batchSize], [1, 5])
    await scene.during(Promise.all([batches.close(), group.close()]))
  })

  test('says who works, where, and how much', async (scene) => {
    const broker = scene.broker()
    const held = gate()
    const worker = broker.queue('q').process(() => held.promise, { concurrency: 7 })
    await broker.queue('q').enqueue(1)
    await scene.eventually(() => worker.stats().running === 1, 'a running task')
    const elsewhere = scene.broker()
    await scene.eventually(async () => (await elsewhere.workers()).length === 1, 'the worker')
    const [entry] = await elsewhere.workers()
    assert.ok(entry)
    assert.deepEqual([entry.queue, entry.concurrency, entry.state], ['q', 7, 'working'])
    assert.equal(entry.batchSize, undefined)
    assert.match(entry.id, /^[0-9a-z]{10,64}$/)
    assert.match(entry.version, /^\d+\.\d+\.\d+/)
    assert.ok(entry.host.length > 0 && entry.pid > 0)
    assert.ok(entry.startedAt <= entry.lastSeenAt)
    held.open()
    await scene.during(worker.close())
    await broker.workers()
    assert.deepEqual(await elsewhere.workers(), [])
  })

  test(
    'says every ten seconds what a worker does, and that it is quiet or its queue paused',
    async (scene) => {
      const broker = scene.broker()
      const held = gate()
      const queue = broker.queue('q')
      const worker = queue.process(() => held.promise)
      await queue.enqueueAll([{ payload: 1 }, { payload: 2 }])
      await scene.pass(10_000)
      const facts = async (): Promise<unknown> => {
        const [entry] = await broker.workers()
        return [entry?.running, entry?.state]
      }
      assert.deepEqual(await facts(), [2, 'working'])
      await queue.pause()
      await scene.pass(20_000)
      assert.deepEqual(await facts(), [2, 'paused'])
      await scene.during(worker.quiet())
      held.open()
      await scene.pass(10_000)
      assert.deepEqual(await facts(), [0, 'quiet'])
      await scene.pass(600_000)
      assert.equal((await broker.workers()).length, 1)
      await scene.during(worker.close())
      assert.deepEqual(await broker.workers(), [])
    },
    { longTime: true },
  )

  test(
    'says that a worker is gone which does not report itself, and counts it as no member of its group',
    async (scene) => {
      const { registry } = await scene.open()
      const broker = scene.broker()
      const channel = broker.channel(defineChannel({ name: 'c', history: { maxCount: 10 } }))
      const member = await scene.during(channel.consume('g', () => undefined))
      await scene.during(member.close())
      await channel.publish(1)
      const said = { name: 'c/g', host: 'h', pid: 7, concurrency: 3, running: 0, state: 'working', version: '0.0.0' }
      await registry.note({ working: [{ id: 'killed', about: JSON.stringify({ ...said, aliveMs: 1 }) }] })
      const seen = async (): Promise<unknown> => {
        const [worker] = await broker.workers()
        const { because, facts } = await channel.group('g').explain()
        return [worker?.id, worker?.alive, facts.members, facts.concurrency, because]
      }
      assert.deepEqual(await seen(), ['killed', true, 1, 3, 'next'])
      await scene.pass(14_000)
      const [worker] = await broker.workers()
      assert.equal(worker?.alive, worker?.connected !== false)
      await scene.pass(1_001)
      assert.deepEqual(await seen(), ['killed', false, 0, 0, 'no-member'])
    },
    { capability: 'groups', longTime: true },
  )

  test('quiets a worker from another process, and lets it claim again', async (scene) => {
    const queue = scene.broker().queue('q')
    const [done, other] = [[] as unknown[], [] as unknown[]]
    queue.process((payload) => void done.push(payload))
    scene
      .broker()
      .queue('other')
      .process((payload) => void other.push(payload))
    const operator = scene.broker()
    const entries = async (): Promise<Record<string, WorkerEntry>> =>
      Object.fromEntries((await operator.workers()).map((entry) => [entry.queue, entry]))
    await scene.eventually(async () => Object.keys(await entries()).length === 2, 'both workers')
    const worker = operator.worker((await entries())['q']!.id)
    assert.equal(await worker.quiet(), 'asked')
    await scene.eventually(async () => (await entries())['q']?.state === 'quiet', 'a worker that says that it is quiet')
    await queue.enqueue(1)
    await operator.queue('other').enqueue(2)
    await scene.eventually(() => other.length === 1, 'a task of the other worker')
    // It may have come with a hint, and be given back.
    await scene.eventually(async () => (await queue.stats()).waiting === 1, 'the task that waits')
    assert.deepEqual([done, (await entries())['other']?.state], [[], 'working'])
    assert.deepEqual([await worker.quiet(), await worker.resume()], ['asked', 'asked'])
    await scene.eventually(() => done.length === 1, 'the task')
    await scene.eventually(async () => (await entries())['q']?.state === 'working', 'a worker that says that it works')
    assert.equal(await operator.worker('unknown1').quiet(), 'unknown')
    for (const id of ['', 'A', 'a b', 'x'.repeat(65), 7]) {
      assert.throws(() => operator.worker(id as never), { code: 'invalid-options' })
    }
  })

  test('stops a worker from another process: what runs ends, what waits is left to others, and it is gone', async (scene) => {
    const queue = scene.broker().queue('q')
    const [held, heard, done] = [gate(), [] as unknown[], [] as unknown[]]
    const handler = async (payload: unknown): Promise<void> => {
      if (payload === 0) await held.promise
      done.push(payload)
    }
    const worker = queue.process(handler, { concurrency: 1, prefetch: false, onStop: ({ by }) => heard.push(by) })
    await queue.enqueueAll([0, 1, 2].map((payload) => ({ payload })))
    await scene.eventually(() => worker.stats().running === 1, 'a running task')
    const operator = scene.broker()
    await scene.eventually(async () => (await operator.workers()).length === 1, 'the worker')
    const [entry] = await operator.workers()
    const remote = operator.worker(entry!.id)
    assert.equal(await remote.stop({ by: 'Ada\n' }), 'asked')
    await scene.eventually(() => heard.length === 1, 'the order')
    assert.throws(() => worker.resume(), { code: 'closed' })
    assert.equal(await remote.resume(), 'asked')
    held.open()
    const report = await scene.during(worker.close())
    assert.deepEqual([heard, done, report.abandoned], [['Ada'], [0], []])
    await scene.eventually(async () => (await operator.workers()).length === 0, 'a worker that is gone')
    assert.deepEqual([await remote.stop(), (await queue.stats()).waiting], ['unknown', 2])
    await assert.rejects(remote.stop({ by: 7 as never }), { code: 'invalid-options' })
    operator.queue('q').process(handler)
    await scene.eventually(() => done.length === 3, 'the others')
    assert.deepEqual(done, [0, 1, 2])
  })

  test(
    'names members of a group by channel and group',
    async (scene) => {
      const broker = scene.broker()
      const channel = broker.channel(defineChannel({ name: 'news', history: { maxCount: 10 } }))
      const member = await scene.during(channel.consume('audit', () => undefined))
      const [entry] = await broker.workers()
      assert.deepEqual([entry?.queue, entry?.channel, entry?.group], [undefined, 'news', 'audit'])
      assert.deepEqual(await broker.channels(), ['news'])
      await scene.during(member.close())
      assert.deepEqual(await broker.workers(), [])
    },
    { capability: 'groups' },
  )

  test(
    'names the groups of a channel, and has a handle of each for who knows but its name',
    async (scene) => {
      const channel = scene.broker().channel(defineChannel({ name: 'news', history: { maxCount: 10 } }))
      for (const group of ['b', 'a']) await scene.during((await channel.consume(group, () => undefined)).close())
      const named = scene.broker().channel('news')
      assert.deepEqual(await named.groups(), ['a', 'b'])
      await channel.publish(1)
      assert.equal(await named.group('a').lag(), 1)
      await named.group('a').remove()
      assert.deepEqual(await named.groups(), ['b'])
      assert.deepEqual(await scene.broker().channel('unknown').groups(), [])
    },
    { capability: 'groups' },
  )

  test('leaves no worker behind when its broker closes', async (scene) => {
    const broker = scene.broker()
    for (const name of ['a', 'b', 'c']) broker.queue(name).process(() => undefined)
    const elsewhere = scene.broker()
    await scene.eventually(async () => (await elsewhere.workers()).length === 3, 'three workers')
    await scene.during(broker.close())
    assert.deepEqual(await elsewhere.workers(), [])
    assert.deepEqual(await elsewhere.queues(), ['a', 'b', 'c'])
  })
}
