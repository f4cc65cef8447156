import type { Storage } from '@mq/core'
import assert from 'node:assert/strict'
import { assertCode, newTask, payloadsOf, PortQueue } from '../../port-queue.ts'
import type { Test } from '../../topic.ts'

const TURN = {
  lane: 'w',
  seq: 1,
  repeat: false,
  settlements: [],
  want: 1,
  maxBytes: 1,
  leaseMs: 1_000,
  keepResults: true,
  awaitWork: false,
}

/** Every call that a storage takes. */
const OPERATIONS: Record<string, (storage: Storage) => Promise<unknown>> = {
  ready: (storage) => storage.ready(),
  enqueue: (storage) => storage.queue('q').enqueue({ lane: 'p', seq: 1, atomic: false, tasks: [newTask('1')] }),
  settleAndClaim: (storage) => storage.queue('q').settleAndClaim(TURN),
  extend: (storage) => storage.queue('q').extend(['1#0'], 1_000),
  note: (storage) => storage.queue('q').note([{ lease: '1#0', kind: 'progress', body: '1' }]),
  listen: (storage) => storage.queue('q').listen(() => undefined),
  read: (storage) => storage.queue('q').read([{ n: '1' }]),
  list: (storage) => storage.queue('q').list({ state: 'dead', limit: 1 }),
  stats: (storage) => storage.queue('q').stats(),
  cancel: (storage) => storage.queue('q').apply({ kind: 'cancel', task: { n: '1' }, reason: '' }),
  pause: (storage) => storage.queue('q').apply({ kind: 'pause' }),
  redrive: (storage) => storage.queue('q').apply({ kind: 'redrive', tasks: [{ n: '1', delayMs: 0 }] }),
  obliterate: (storage) => storage.queue('q').apply({ kind: 'obliterate', force: false }),
  purge: (storage) => storage.queue('q').apply({ kind: 'purge', state: 'waiting', reason: '', limit: 1 }),
  inspect: (storage) => storage.queue('q').inspect({ n: '1' }),
  publish: (storage) => storage.channel('c').publish(['1']),
  subscribe: (storage) =>
    storage
      .channel('c')
      .subscribe({ onFrame: () => undefined, onMalformed: () => undefined, onInterruption: () => undefined }),
  groups: (storage) => storage.channel('c').groups(),
  mark: (storage) => storage.channel('c').mark(),
}

export function lifecycle(test: Test): void {
  for (const [name, operation] of Object.entries(OPERATIONS)) {
    test(`refuses ${name} when it is closed`, async (scene) => {
      const storage = await scene.open()
      await storage.close()
      await assertCode(operation(storage), 'closed')
    })
  }

  test('refuses calls on what was taken before it closed', async (scene) => {
    const storage = await scene.open()
    const queue = storage.queue('q')
    const channel = storage.channel('c')
    await queue.stats()
    await storage.close()
    await assertCode(queue.stats(), 'closed')
    await assertCode(channel.publish(['1']), 'closed')
  })

  test('refuses a report when it is closed', async (scene) => {
    const storage = await scene.open()
    await storage.close()
    if (storage.report !== undefined) await assertCode(storage.report(), 'closed')
  })

  test('closes twice, and at the same time', async (scene) => {
    const storage = await scene.open()
    await Promise.all([storage.close(), storage.close()])
    await storage.close()
  })

  test('closes before it is ready, and leaves no call hanging', async (scene) => {
    const storage = scene.openUnready()
    const calls = Object.values(OPERATIONS).map((operation) => operation(storage).catch(() => undefined))
    await storage.close()
    await scene.during(Promise.all(calls))
  })

  test('settles the calls that are under way when it closes', async (scene) => {
    const storage = await scene.open()
    const calls = Object.values(OPERATIONS).map((operation) => operation(storage).catch(() => undefined))
    await storage.close()
    await scene.during(Promise.all(calls))
  })

  test('stops waiting for readiness when the signal aborts', async (scene) => {
    const storage = await scene.open()
    const reason = new Error('enough')
    await assert.rejects(storage.ready(AbortSignal.abort(reason)), reason)
    await storage.ready(new AbortController().signal)
  })

  test('closes one participant and leaves the others alone', async (scene) => {
    const [staying, leaving] = [await scene.open(), await scene.open()]
    const queue = new PortQueue(staying.queue('q'))
    await new PortQueue(leaving.queue('q')).add('"left behind"')
    await leaving.close()
    assert.deepEqual(payloadsOf(await queue.worker().claim()), ['"left behind"'])
    await queue.add('"goes on"')
  })

  test('keeps the leases of a participant that closed until they run out', async (scene) => {
    const [staying, leaving] = [await scene.open(), await scene.open()]
    const queue = new PortQueue(staying.queue('q'))
    await queue.add('1')
    await new PortQueue(leaving.queue('q')).worker().claimOne({ leaseMs: 1_000 })
    await leaving.close()
    assert.deepEqual(await queue.worker().claim(), [])
    await scene.pass(1_050)
    assert.equal((await queue.worker().claimOne()).crashes, 1)
  })

  test('sends nothing more when it is closed', async (scene) => {
    const [staying, leaving] = [await scene.open(), await scene.open()]
    const heard: unknown[] = []
    const { n } = (
      await staying.queue('q').enqueue({ lane: 'p', seq: 1, atomic: false, tasks: [newTask('1')] })
    )[0] as {
      n: string
    }
    await leaving.queue('q').listen((hint) => heard.push(hint))
    await leaving.queue('q').read([{ n }], { watch: true })
    await leaving.channel('c').subscribe({
      onFrame: (frame) => heard.push(frame),
      onMalformed: () => undefined,
      onInterruption: () => undefined,
    })
    await leaving.close()
    await staying.queue('q').apply({ kind: 'cancel', task: { n }, reason: '' })
    await staying.channel('c').publish(['1'])
    await scene.pass(50)
    assert.deepEqual(heard, [])
  })
}
