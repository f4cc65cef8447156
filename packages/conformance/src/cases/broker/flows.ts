import { defineQueue, next } from '@mq/core'
import type { AfterTask, Broker, Outcome, Queue, Task } from '@mq/core'
import assert from 'node:assert/strict'
import { FLOWS } from '../../port-flows.ts'
import { assertCode } from '../../port-queue.ts'
import type { Scene } from '../../scene.ts'
import type { Test } from '../../topic.ts'
import { gate } from '../../values.ts'

type AnyQueue = Queue<any, any, any, any>

/** How a parent ends, and what then becomes of a child that runs whatever happens. */
const ENDS: Readonly<Record<string, { readonly state: string; readonly end: (parent: Task) => Promise<unknown> }>> = {
  completes: { state: 'completed', end: async () => undefined },
  dies: { state: 'dead', end: async () => undefined },
  'is cancelled': { state: 'cancelled', end: (parent) => parent.cancel() },
  expires: { state: 'expired', end: async () => undefined },
}

/** A queue whose tasks do as their payloads say. */
function obeying(queue: AnyQueue): void {
  queue.process((payload, { signal }) => {
    if (payload === 'dies') throw new Error('as it was told')
    if (payload === 'hangs')
      return new Promise((_, reject) => signal.addEventListener('abort', () => reject(signal.reason)))
    return payload
  })
}

const parentsOf = (broker: Broker): AnyQueue =>
  broker.queue(defineQueue({ name: 'parents', attempts: 1, backoff: { kind: 'fixed', baseMs: 1 } }))

export function flowsOfTasks(test: Test): void {
  const flow = (title: string, body: (scene: Scene) => Promise<void>, needs = {}): void =>
    test(title, body, { part: FLOWS, ...needs })

  const ended = (scene: Scene, task: Task): Promise<Outcome> => scene.during(task.outcome())

  // Each way in which a child becomes ready: nobody may have to poll for it for long.
  for (const where of ['in its queue', 'in another queue', 'in another process'] as const) {
    for (const workers of ['before', 'after'] as const) {
      for (const [how, { state, end }] of Object.entries(ENDS)) {
        flow(`runs a task ${where} when its parent ${how}, with workers that were there ${workers}`, async (scene) => {
          const broker = scene.broker()
          const elsewhere = where === 'in another process' ? scene.broker() : broker
          const parents = parentsOf(broker)
          const children = where === 'in its queue' ? parents : elsewhere.queue('children')
          const work = (): void => {
            for (const queue of new Set([parents, children])) obeying(queue)
          }
          if (workers === 'before') work()
          const options =
            how === 'expires' ? { expiresInMs: 20, delayMs: 10 } : how === 'is cancelled' ? { delayMs: 60_000 } : {}
          if (how === 'expires') await parents.pause()
          const parent = await parents.enqueue(how, options)
          const child = await children.enqueue('ran', { after: parent, onDead: 'run' })
          await end(parent)
          if (how === 'expires') {
            await scene.pass(60)
            await parents.resume()
          }
          if (workers === 'after') work()
          assert.equal((await ended(scene, child)).state, 'completed')
          assert.equal((await parent.outcome({ timeoutMs: 0 })).state, state)
        })
      }
    }
  }

  flow('gives a handler what its parents ended with, in their order', async (scene) => {
    const broker = scene.broker()
    const [parents, children] = [parentsOf(broker), broker.queue('children')]
    obeying(parents)
    children.process((_, { parents: all }) => all())
    const tasks = await parents.enqueueAll([{ payload: { a: 1 } }, { payload: 'dies' }, { payload: 3, id: 'own' }])
    const child = await children.enqueue(0, {
      after: [tasks[2]!, { queue: 'parents', id: tasks[0]!.id }, tasks[1]!],
      onDead: 'run',
    })
    const found = (await scene.during(child.result())) as {
      state: string
      id: string
      queue: string
      result?: unknown
    }[]
    assert.deepEqual(
      found.map(({ state, id, queue, result }) => [state, id, queue, result]),
      [
        ['completed', 'own', 'parents', 3],
        ['completed', tasks[0]!.id, 'parents', { a: 1 }],
        ['dead', tasks[1]!.id, 'parents', undefined],
      ],
    )
    const alone = await children.enqueue(0)
    assert.deepEqual(await scene.during(alone.result()), [])
  })

  flow('tells a run whose task is over nothing of its parents', async (scene) => {
    const broker = scene.broker()
    const [parents, children] = [parentsOf(broker), broker.queue('children')]
    obeying(parents)
    const child = await children.enqueue(0, { after: await parents.enqueue('done') })
    const asked = new Promise<unknown>((resolve) => {
      children.process(async (_, context) => {
        await child.cancel()
        await context.parents().then(resolve, resolve)
      })
    })
    await assertCode(
      scene.during(asked).then((answer) => Promise.reject(answer)),
      'lease-lost',
    )
  })

  flow('buries a task, or cancels it, when a parent dies, and those that run after it', async (scene) => {
    const broker = scene.broker()
    const [parents, children] = [parentsOf(broker), broker.queue('children')]
    const parent = await parents.enqueue('dies')
    const buried = await children.enqueue(1, { after: parent })
    const cancelled = await children.enqueue(2, { after: buried, onDead: 'cancel' })
    const last = await parents.enqueue('ran', { after: [cancelled], onDead: 'run' })
    obeying(parents)
    obeying(children)
    const outcome = await ended(scene, buried)
    assert.ok(outcome.state === 'dead' && outcome.reason === 'parent-failed')
    assert.match(outcome.error!.message, /of parents \(dead\)/)
    assert.equal((await ended(scene, cancelled)).state, 'cancelled')
    assert.equal(await scene.during(last.result()), 'ran')
  })

  flow('runs a task at once that runs after one which has ended', async (scene) => {
    const broker = scene.broker()
    const [parents, children] = [parentsOf(broker), broker.queue('children')]
    obeying(parents)
    obeying(children)
    const parent = await parents.enqueue('done')
    await scene.during(parent.result())
    assert.equal(await scene.during((await children.enqueue('ran', { after: parent })).result()), 'ran')
  })

  flow('runs a task that is redriven after its parent was', async (scene) => {
    const broker = scene.broker()
    const parents = parentsOf(broker)
    const children = broker.queue('children')
    let broken = true
    parents.process(() => {
      if (broken) throw new Error('not yet')
      return 'mended'
    })
    children.process(async (_, context) => (await context.parents())[0])
    const parent = await parents.enqueue(1)
    const child = await children.enqueue(1, { after: parent })
    assert.equal((await ended(scene, child)).state, 'dead')
    broken = false
    await scene.during(children.dead.redrive({ ids: [child.id] }))
    await scene.eventually(
      async () => (await child.status()).state === 'dead',
      'its death, since its parent is still dead',
    )
    await scene.during(parents.dead.redrive({ ids: [parent.id] }))
    await scene.during(parent.result())
    await scene.during(children.dead.redrive({ ids: [child.id] }))
    const found = (await scene.during(child.result())) as { result: unknown }
    assert.equal(found.result, 'mended')
  })

  flow('fans out and in again, over a thousand tasks', async (scene) => {
    const broker = scene.broker()
    const [parents, children] = [parentsOf(broker), broker.queue('children')]
    const root = await parents.enqueue('root')
    const middle = await children.enqueueAll(Array.from({ length: 1_000 }, (_, i) => ({ payload: i, after: root })))
    const last = await parents.enqueue('last', { after: middle })
    const ran: unknown[] = []
    parents.process(async (payload, context) => {
      if (payload === 'root') return payload
      return (await context.parents()).length
    })
    children.process((payload) => void ran.push(payload), { concurrency: 100 })
    assert.equal(await scene.during(last.result()), 1_000)
    assert.equal(new Set(ran).size, 1_000)
    assert.equal(ran.length, 1_000)
  })

  flow('refuses what cannot be: nothing is done then', async (scene) => {
    const broker = scene.broker()
    const [parents, children] = [parentsOf(broker), broker.queue('children')]
    const after = await parents.enqueue(1, { id: 'known' })
    const none: AfterTask = { queue: 'parents', id: 'unknown' }
    await assertCode(children.enqueue(1, { after: none }), 'unknown-parent')
    await assertCode(children.enqueue(1, { after: [after, none] }), 'unknown-parent')
    await assertCode(children.enqueueAll([{ payload: 1 }, { payload: 2, after: none }]), 'unknown-parent')
    await assertCode(parents.enqueue(1, { id: 'known', after }), 'flow-cycle')
    for (const wrong of [[], 'known', [1], { queue: 'parents' }, { queue: 'a b', id: 'x' }, null]) {
      await assertCode(children.enqueue(1, { after: wrong as never }), 'invalid-options')
    }
    await assertCode(children.enqueue(1, { after, onDead: 'ask' as never }), 'invalid-options')
    await assertCode(children.enqueue(1, { after, id: 'a', existing: 'replace' }), 'invalid-options')
    const { waiting, delayed } = await children.stats()
    assert.deepEqual([waiting, delayed], [0, 0])
  })

  flow('refuses more than a thousand one after another', async (scene) => {
    const broker = scene.broker()
    const queue = broker.queue('children')
    let last = await queue.enqueue(0)
    for (let depth = 1; depth <= 1_000; depth++) last = await queue.enqueue(depth, { after: last })
    await assertCode(queue.enqueue(1_001, { after: last }), 'flow-too-deep')
  })

  flow('explains what a blocked task waits for', async (scene) => {
    const broker = scene.broker()
    const [parents, children] = [parentsOf(broker), broker.queue('children')]
    const [one, two] = await parents.enqueueAll([{ payload: 'dies' }, { payload: 2, id: 'two', delayMs: 60_000 }])
    const child = await children.enqueue(1, { after: [one!, two!], onDead: 'run' })
    const before = await children.explain(child.id)
    assert.equal(before.because, 'blocked')
    assert.match(before.text, /after 2 tasks, of which 2 have not ended/)
    obeying(parents)
    await scene.during(one!.outcome())
    await scene.eventually(async () => (await children.explain(child.id)).family?.heard === 1, 'the end of the first')
    const { text } = await children.explain(child.id)
    assert.match(
      text,
      /of which 1 has not ended: two of parents\. 1 did not complete: \S+ of parents \(dead\)\. It runs whatever/,
    )
    assert.deepEqual([(await child.status()).blocked, (await child.read())!.blocked], [true, true])
    const { tasks } = await children.tasks({ state: 'delayed' }).first()
    assert.equal(tasks[0]!.blocked, true)
    const blocked = await children.tasks({ state: 'blocked' }).first()
    assert.deepEqual([blocked.tasks[0]!.id, blocked.tasks[0]!.state, blocked.next], [child.id, 'delayed', undefined])
  })

  flow(
    'names tasks of a graph by their own ids, those that nothing runs after and those that ended, too',
    async (scene) => {
      const broker = scene.broker()
      const [parents, children] = [parentsOf(broker), broker.queue(defineQueue({ name: 'children', attempts: 1 }))]
      const root = await parents.enqueue('done', { id: 'root' })
      const leaves = await Promise.all(['one', 'two', 'three'].map((id) => children.enqueue(id, { id, after: root })))
      const unnamed = await children.enqueue('four', { after: root })
      const names = async (of: Task): Promise<string[]> => (await of.graph()).tasks.map(({ id }) => id).sort()
      const all = ['one', 'root', 'three', 'two', unnamed.id].sort()
      assert.deepEqual(await names(root), all)
      obeying(parents)
      children.process((payload) => {
        if (payload === 'two') throw new Error('as it was told')
        return payload
      })
      await leaves[2]!.cancel()
      for (const task of [...leaves, unnamed]) await ended(scene, task)
      assert.deepEqual(await names(root), all)
      assert.deepEqual(await names(children.task(unnamed.id)), all)
    },
  )

  flow('shows a graph of what belongs together, and cancels it', async (scene) => {
    const broker = scene.broker()
    const [parents, children] = [parentsOf(broker), broker.queue('children')]
    const root = await parents.enqueue(1, { id: 'root' })
    const [left, right] = await children.enqueueAll([
      { payload: 1, after: root },
      { payload: 2, after: root },
    ])
    const join = await parents.enqueue(3, { after: [left!, right!] })
    const { tasks, edges, more } = await left!.graph()
    const name = (i: number): string => `${tasks[i]!.queue} ${tasks[i]!.id}`
    assert.deepEqual([tasks[0]!.id, tasks.length, more], [left!.id, 4, false])
    const found = edges.map(({ from, to }) => `${name(from)} → ${name(to)}`).sort()
    const task = (each: Task): string => `${each.queue} ${each.id}`
    assert.deepEqual(
      found,
      [
        [root, left!],
        [root, right!],
        [left!, join],
        [right!, join],
      ]
        .map(([a, b]) => `${task(a!)} → ${task(b!)}`)
        .sort(),
    )
    assert.deepEqual(tasks.map(({ state }) => state).sort(), ['blocked', 'blocked', 'blocked', 'waiting'])
    assert.deepEqual([(await root.graph({ limit: 2 })).tasks.length, (await root.graph({ limit: 2 })).more], [2, true])
    assert.deepEqual(await children.task('nobody').graph(), { tasks: [], edges: [], more: false })
    assert.equal(await left!.cancel({ reason: 'off' }), 'cancelled')
    assert.deepEqual(await root.cancelTree({ reason: 'off' }), {
      outcome: 'cancelled',
      others: { cancelled: 2, tooLate: 1 },
    })
    assert.equal(await root.cancel({ tree: true, reason: 'again' }), 'too-late')
    assert.deepEqual(await children.task('nobody').cancelTree(), {
      outcome: 'too-late',
      others: { cancelled: 0, tooLate: 0 },
    })
    for (const each of [root, left!, right!, join]) {
      const outcome = await each.outcome({ timeoutMs: 0 })
      assert.ok(outcome.state === 'cancelled' && outcome.reason === 'off')
    }
  })

  flow('enqueues what follows a task when it is complete, in any queue, once', async (scene) => {
    const broker = scene.broker()
    const [parents, children] = [
      parentsOf(broker),
      broker.queue<number, number, void, void>(defineQueue({ name: 'children' }) as never),
    ]
    const seen: unknown[] = []
    parents.process(() => next(children as AnyQueue, 7, { priority: 9 }))
    ;(children as AnyQueue).process((payload, { id }) => void seen.push([payload, id]))
    const task = await parents.enqueue(1, { id: 'first' })
    assert.equal(await scene.during(task.result()), undefined)
    await scene.eventually(() => seen.length > 0, 'the task that follows')
    assert.deepEqual(seen, [[7, 'parents:first:next']])
    const { totals } = await (children as AnyQueue).stats()
    assert.equal(totals.enqueued, 1)
  })

  flow('enqueues what follows tasks whose ids have colons, each its own', async (scene) => {
    const broker = scene.broker()
    const [parents, children] = [parentsOf(broker), broker.queue('children')]
    const ids = new Map<string, string>()
    parents.process(async (payload, { id, enqueue }) => {
      // As if there were one name for each pair.
      const label = id === 'a' ? 'b:c' : id === 'a:b' ? 'c' : 'b:next'
      ids.set(`${id} ${label}`, (await enqueue(children, payload, { label })).id)
      return next(children, payload)
    })
    for (const [payload, id] of ['a', 'a:b', 'a:b:c'].entries()) {
      await scene.during((await parents.enqueue(payload, { id })).result())
    }
    await scene.during((await parents.enqueue(3, { id: 'a:b:b' })).result())
    await scene.eventually(async () => (await children.stats()).waiting === 8, 'eight tasks')
    assert.equal(new Set(ids.values()).size, 4)
  })

  flow('takes a task that an older version enqueued for an id with colons for its own', async (scene) => {
    const broker = scene.broker()
    const [parents, children] = [parentsOf(broker), broker.queue('children')]
    await children.enqueue('as before', { id: 'parents:a:b:0' })
    parents.process(async (_, { enqueue }) => [(await enqueue(children, 1)).id, (await enqueue(children, 2)).id])
    const [old, other] = (await scene.during((await parents.enqueue(1, { id: 'a:b' })).result())) as string[]
    assert.equal(old, 'parents:a:b:0')
    assert.match(other!, /^parents:a:b:1::[0-9a-f]{64}$/)
    assert.equal((await children.stats()).waiting, 2)
  })

  flow('is not drained while something is left to be done for tasks that follow', async (scene) => {
    const broker = scene.broker()
    const parents = parentsOf(broker)
    const children = broker.queue('children')
    const parent = await parents.enqueue(1)
    const child = await children.enqueue('after it', { after: [parent] })
    // Done by a worker that dies before it reports the end.
    const worker = (await scene.queue('parents')).worker()
    await worker.settle({ kind: 'complete', lease: (await worker.claimOne()).lease })
    assert.equal((await parents.stats()).chores, 1)
    await assertCode(scene.during(parents.drain({ timeoutMs: 300 })), 'wait-timeout')
    parents.process(() => undefined)
    await scene.during(parents.drain())
    assert.equal((await children.stats()).blocked, undefined)
    assert.equal((await children.stats()).chores, undefined)
    assert.equal(await child.cancel(), 'cancelled')
  })

  flow('counts a next that cannot be enqueued as a failure of the handler', async (scene) => {
    const broker = scene.broker()
    const parents = parentsOf(broker)
    parents.process((payload) => next(payload === 1 ? parents : ({} as never), payload === 1 ? () => 1 : 1) as never)
    for (const payload of [1, 2]) {
      const outcome = await ended(scene, await parents.enqueue(payload))
      assert.equal(outcome.state, 'dead')
    }
  })

  flow('enqueues nothing twice from a handler that runs again', async (scene) => {
    const broker = scene.broker()
    const queue = broker.queue(defineQueue({ name: 'parents', attempts: 3, backoff: { kind: 'fixed', baseMs: 1 } }))
    const children = broker.queue('children')
    const ids: string[][] = []
    queue.process(async (_, { enqueue, attempt }) => {
      const made = [
        await enqueue(children, 'a'),
        await enqueue(children, attempt),
        await enqueue(children, 'c', { label: 'x' }),
      ]
      ids.push(made.map(({ id }) => id))
      // The ids of the others end so: one of the two would be taken for the other, and never be there.
      for (const label of ['1', 'next']) await assertCode(enqueue(children, 'd', { label }), 'invalid-options')
      if (attempt < 3) throw new Error('again')
    })
    const task = await queue.enqueue(1, { id: 'me' })
    await scene.during(task.result())
    assert.deepEqual(new Set(ids.map(String)), new Set(['parents:me:0,parents:me:1,parents:me:x']))
    assert.equal((await children.stats()).waiting, 3)
  })

  flow('does what a closed or lost worker left to be done', async (scene) => {
    const first = scene.broker()
    const parents = parentsOf(first)
    const children = first.queue('children')
    const open = gate()
    const worker = parents.process(() => open.promise)
    const parent = await parents.enqueue(1)
    const child = await children.enqueue('ran', { after: parent })
    await scene.eventually(() => worker.stats().running === 1, 'its start')
    const closing = worker.close()
    open.open()
    await scene.during(closing)
    const second = scene.broker()
    obeying(parentsOf(second))
    obeying(second.queue('children'))
    assert.equal(await scene.during(second.queue('children').task(child.id).result()), 'ran')
  })
}
