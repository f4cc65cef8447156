import type { Settlement } from '@mq/core'
import { CHORE_MS } from '@mq/core/adapter'
import assert from 'node:assert/strict'
import { briefly, FLOWS, PortFlows } from '../../port-flows.ts'
import type { Place } from '../../port-flows.ts'
import { assertRefused } from '../../port-queue.ts'
import type { Scene } from '../../scene.ts'
import type { Test } from '../../topic.ts'

type Body = (parents: PortFlows, children: PortFlows, scene: Scene) => Promise<void>

/** How a parent can end, and what is told of it. */
const ENDS: Readonly<Record<string, readonly [string, (parents: PortFlows, parent: Place) => Promise<unknown>]>> = {
  completed: ['completed', (parents) => parents.complete('"done"')],
  'completed without its result being kept': [
    'completed',
    async ({ queue }) => {
      const worker = queue.worker({ keepResults: false })
      await worker.settle({ kind: 'complete', lease: (await worker.claimOne()).lease, result: '"done"' })
    },
  ],
  buried: ['dead', ({ queue }) => settleOne(queue.worker(), { kind: 'bury', reason: 'broken', detail: '' })],
  expired: ['expired', ({ queue }) => settleOne(queue.worker(), { kind: 'expire' })],
  cancelled: ['cancelled', ({ queue }, { n }) => queue.cancel(n)],
  'cancelled while it runs': [
    'cancelled',
    async ({ queue }, { n }) => {
      await queue.worker().claimOne()
      await queue.cancel(n)
    },
  ],
  purged: [
    'cancelled',
    ({ queue }) => queue.driver.apply({ kind: 'purge', state: 'waiting', reason: 'purged', limit: 10 }),
  ],
  displaced: ['dead', ({ queue }) => queue.offer(['"new"'], { capacity: 1, displace: true })],
}

async function settleOne(
  worker: ReturnType<PortFlows['queue']['worker']>,
  settlement: { kind: 'bury'; reason: string; detail: string } | { kind: 'expire' },
): Promise<void> {
  const { lease } = await worker.claimOne()
  await worker.settle({ ...settlement, lease } as Settlement)
}

export function flows(test: Test): void {
  const flow = (title: string, body: Body, needs = {}): void =>
    test(
      title,
      async (scene) => body(await PortFlows.of(scene, 'parents'), await PortFlows.of(scene, 'children'), scene),
      { part: FLOWS, ...needs },
    )

  flow('keeps a task back until all that it runs after have ended', async (parents, children) => {
    const [one, two] = await parents.add('"1"', '"2"')
    const child = await children.child([one!, two!])
    assert.ok(await children.isBlocked(child))
    await children.queue.assertStats({ delayed: 1 })
    assert.equal((await children.queue.driver.stats()).blocked, 1)
    assert.deepEqual(await children.waiting(), [])
    await parents.complete()
    assert.equal(await parents.relay(children), 1)
    assert.deepEqual([await children.isBlocked(child), await children.waiting()], [true, []])
    await parents.complete()
    await parents.relay(children)
    assert.deepEqual(await children.waiting(), [child])
    assert.deepEqual(await parents.driver.chores(10), [])
  })

  flow('says how a task stands that others are to run after', async (parents, children) => {
    const [waiting, own] = await parents.add('"1"', { id: 'own' })
    const child = await children.child([waiting!])
    assert.deepEqual(await parents.driver.look([{ n: waiting!.n }, { id: 'own' }, { n: '7' }, { id: 'nobody' }]), [
      { state: 'pending', n: waiting!.n, depth: 0 },
      { state: 'pending', n: own!.n, depth: 0 },
      { state: 'unknown' },
      { state: 'unknown' },
    ])
    assert.deepEqual(await children.driver.look([{ n: child }]), [{ state: 'pending', n: child, depth: 1 }])
    await parents.complete()
    assert.deepEqual(await parents.driver.look([{ n: waiting!.n }]), [{ state: 'ended', n: waiting!.n, depth: 0 }])
  })

  flow('answers how a parent ended that is linked afterwards', async (parents, children) => {
    const [done, dead, open] = await parents.add('"1"', '"2"', '"3"')
    const child = await children.unlinked([done!, dead!, open!])
    await parents.complete('"result"')
    await settleOne(parents.queue.worker(), { kind: 'bury', reason: 'broken', detail: 'why' })
    const [first, second] = [await children.link(done!, child, 0), await children.link(dead!, child, 1)]
    assert.ok(first.state === 'ended' && first.outcome.state === 'completed' && first.outcome.body === '"result"')
    assert.ok(second.state === 'ended' && second.outcome.state === 'dead')
    assert.deepEqual([second.outcome.reason, second.outcome.body], ['broken', 'why'])
    assert.deepEqual(await children.link(open!, child, 2), { state: 'pending' })
    assert.deepEqual(await children.link({ ...open!, n: '7' }, child, 2), { state: 'unknown' })
    assert.deepEqual(await parents.driver.chores(10), [])
  })

  for (const [how, [state, end]] of Object.entries(ENDS)) {
    flow(`makes a chore of a parent that is ${how}`, async (parents, children) => {
      const [parent] = await parents.add('"1"')
      const child = await children.child([parent!])
      await end(parents, parent!)
      const { chores } = await parents.queue.worker().turn()
      assert.equal(chores, true)
      assert.equal((await parents.queue.driver.stats()).chores, 1)
      const [chore, ...others] = await parents.driver.chores(10)
      assert.ok(chore?.kind === 'relay' && others.length === 0)
      assert.deepEqual([chore.n, chore.outcome.state], [parent!.n, state])
      assert.deepEqual(chore.children, [{ queue: 'children', n: child, index: 0 }])
      if (state === 'completed') assert.equal(chore.outcome.body, '"done"')
      assert.equal((await parents.queue.driver.stats()).chores, 1)
      // An end that is linked meanwhile is the one that is being told.
      const reply = await children.link(parent!, child)
      assert.ok(reply.state === 'ended' && reply.outcome.state === state)
    })
  }

  flow('makes none of a task that has no child, or ended no more than once', async (parents, children) => {
    const [one, two] = await parents.add('"1"', '"2"')
    await children.child([two!])
    await parents.complete()
    assert.deepEqual(await parents.driver.chores(10), [])
    const worker = parents.queue.worker()
    const { lease } = await worker.claimOne()
    await worker.settle({ kind: 'retry', lease, delayMs: 0, charge: true })
    assert.deepEqual(await parents.driver.chores(10), [])
    const turn = worker.next({ settlements: [{ kind: 'complete', lease: (await worker.claimOne()).lease }] })
    await worker.turn({ settlements: turn.settlements })
    const [chore] = await parents.driver.chores(10)
    assert.equal((await parents.queue.driver.stats()).chores, 1)
    await parents.driver.finish([chore!])
    assert.equal((await parents.queue.driver.stats()).chores, undefined)
    await worker.settle(...turn.settlements)
    assert.deepEqual(await parents.driver.chores(10), [])
    assert.ok(one)
  })

  flow('counts each parent once, however often and by whom it is told', async (parents, children, scene) => {
    const [one, two] = await parents.add('"1"', '"2"')
    const child = await children.child([one!, two!])
    const elsewhere = new PortFlows('children', await scene.queueElsewhere('children'))
    for (const each of [children, elsewhere, children]) {
      assert.deepEqual(await each.tell(child, 0, { state: 'completed', body: '1' }), [true])
    }
    assert.ok(await children.isBlocked(child))
    await elsewhere.tell(child, 1, { state: 'completed' })
    assert.deepEqual(await children.waiting(), [child])
    // Late, or for nobody.
    assert.deepEqual(await children.tell(child, 1, { state: 'dead' }), [true])
    assert.deepEqual(await children.tell('7', 0, { state: 'dead' }), [true])
    assert.deepEqual(await children.tell(child, 9, { state: 'dead' }), [true])
    assert.equal((await children.queue.read(child)).state, 'running')
  })

  for (const state of ['dead', 'cancelled', 'expired', 'unknown'] as const) {
    flow(`buries, cancels or runs a task whose parent ended as ${state}`, async (parents, children) => {
      const all = await parents.add('"1"', '"2"')
      const [buried, cancelled, runs] = [
        await children.child(all),
        await children.child(all, { onDead: 'cancel', id: 'mine', header: '{"id":"mine"}' }),
        await children.child(all, { onDead: 'run' }),
      ]
      for (const n of [buried!, cancelled!, runs!])
        await children.tell(n, 1, { state, endedAt: 5, why: 'because of it' } as never)
      const { endedAt: _, ...dead } = await children.queue.outcome(buried!)
      assert.deepEqual(dead, { state: 'dead', reason: 'parent-failed', body: 'because of it' })
      const { endedAt: __, ...gone } = await children.queue.outcome({ id: 'mine' })
      assert.deepEqual(gone, { state: 'cancelled', body: 'parent-failed' })
      assert.ok(await children.isBlocked(runs!))
      await children.tell(runs!, 0, { state: 'completed' })
      assert.deepEqual(await children.waiting(), [runs])
      const { dead: letters, totals } = await children.queue.driver.stats()
      assert.deepEqual([letters, totals.dead, totals.cancelled], [1, 1, 1])
    })
  }

  flow('tells those who run after a task that its parent ended', async (parents, children) => {
    const grandchildren = parents
    const [parent] = await parents.add('"1"')
    const child = await children.child([parent!])
    const grandchild = await grandchildren.child([{ flows: children, n: child }], { onDead: 'cancel' })
    await settleOne(parents.queue.worker(), { kind: 'bury', reason: 'broken', detail: '' })
    await parents.relay(children)
    assert.deepEqual(briefly(await children.driver.chores(10)), [`relay ${child}`])
    await grandchildren.tell(grandchild, 0, { state: 'dead' })
    assert.equal((await grandchildren.queue.outcome(grandchild)).state, 'cancelled')
  })

  flow('begins the delay of a task when its last parent has ended', async (parents, children, scene) => {
    const [parent] = await parents.add('"1"')
    const child = await children.child([parent!], { delayMs: 200, level: 7 })
    const long = await children.child([parent!], { delayMs: 600_000 })
    await scene.pass(300)
    assert.deepEqual(await children.waiting(), [])
    await children.tell(child, 0, { state: 'completed' })
    const reading = await children.queue.read(child)
    assert.ok(reading.state === 'delayed' && !reading.blocked && reading.dueInMs <= 200)
    await children.tell(long, 0, { state: 'completed' })
    const later = await children.queue.read(long)
    assert.ok(later.state === 'delayed' && !later.blocked && later.dueInMs > 300_000 && later.dueInMs <= 600_000)
    await scene.eventually(async () => (await children.waiting()).length === 1, 'the task, when its delay is over')
  })

  flow('keeps what parents ended with until the task is done', async (parents, children) => {
    const all = await parents.add('"1"', '"2"', '"3"')
    const child = await children.child(all, { onDead: 'run' })
    const ends = [
      { state: 'completed', endedAt: 3, body: '{"a":"|\\n\u0000 é 🙂"}' },
      { state: 'completed', endedAt: 4 },
      { state: 'dead', endedAt: 5, reason: 'broken', body: 'why|\n' },
    ] as const
    for (const [index, end] of ends.entries()) await children.tell(child, index, end)
    const family = (await children.family(child))!
    assert.deepEqual(
      { ...family, parents: family.parents.map(({ end }) => end) },
      { n: child, depth: 1, onDead: 'run', count: 3, heard: 3, blocked: false, parents: ends },
    )
    assert.deepEqual(
      family.parents.map(({ queue, n, index }) => [queue, n, index]),
      all.map(({ n }, index) => ['parents', n, index]),
    )
    const worker = children.queue.worker()
    const { lease } = await worker.claimOne()
    assert.equal((await children.family(child))!.parents[0]!.end?.state, 'completed')
    await worker.settle({ kind: 'retry', lease, delayMs: 0, charge: true })
    assert.equal((await children.family(child))!.parents[2]!.end?.state, 'dead')
    await children.complete()
    assert.deepEqual(
      (await children.family(child))!.parents.map(({ end }) => end),
      [undefined, undefined, undefined],
    )
    assert.equal(await children.family('7'), undefined)
  })

  flow('tells a later end of a parent that lives again', async (parents, children) => {
    const all = await parents.add('"1"', '"2"')
    const child = await children.child(all, { onDead: 'run' })
    await settleOne(parents.queue.worker(), { kind: 'bury', reason: 'broken', detail: '' })
    await parents.relay(children)
    assert.equal((await children.family(child))!.parents[0]!.end?.state, 'dead')
    await parents.queue.driver.apply({ kind: 'redrive', tasks: [{ n: all[0]!.n, delayMs: 0 }] })
    const worker = parents.queue.worker()
    const lease = (await worker.claim()).find(({ n }) => n === all[0]!.n)!.lease
    await worker.settle({ kind: 'complete', lease, result: '"at last"' })
    await parents.relay(children)
    const { heard, parents: members } = (await children.family(child))!
    assert.deepEqual([heard, members[0]!.end?.state], [1, 'completed'])
    // An earlier end that comes late changes nothing.
    await children.tell(child, 0, { state: 'dead', endedAt: 1 })
    assert.equal((await children.family(child))!.parents[0]!.end?.state, 'completed')
  })

  flow('looks again for its parents when a task lives again that died of one', async (parents, children) => {
    const all = await parents.add('"1"', '"2"')
    const child = await children.child(all)
    await parents.complete('"kept"')
    await parents.relay(children)
    await children.tell(child, 1, { state: 'dead' })
    assert.deepEqual(await children.queue.dead(), [child])
    const { changed } = await children.queue.driver.apply({ kind: 'redrive', tasks: [{ n: child, delayMs: 0 }] })
    assert.equal(changed, 1)
    assert.ok(await children.isBlocked(child))
    const [chore] = await children.driver.chores(10)
    assert.deepEqual(briefly([chore!]), [`check ${child}`])
    const { heard, parents: members } = (await children.family(child))!
    assert.deepEqual([heard, members[0]!.end?.state, members[1]!.end], [1, 'completed', undefined])
    await children.tell(child, 1, { state: 'completed' })
    await children.driver.finish([chore!])
    assert.deepEqual([await children.waiting(), await children.driver.chores(10)], [[child], []])
  })

  flow('runs a task that lives again, all of whose parents have ended', async (parents, children) => {
    const [parent] = await parents.add('"1"')
    const child = await children.child([parent!])
    await children.tell(child, 0, { state: 'completed', body: '7' })
    await settleOne(children.queue.worker(), { kind: 'bury', reason: 'broken', detail: '' })
    await children.queue.driver.apply({ kind: 'redrive', tasks: [{ n: child, delayMs: 0 }] })
    assert.deepEqual(await children.waiting(), [child])
    assert.equal((await children.family(child))!.parents[0]!.end?.state, 'completed')
  })

  flow('gives a chore to one at a time', async (parents, children, scene) => {
    const [parent] = await parents.add('"1"')
    await children.child([parent!])
    await parents.complete()
    assert.deepEqual(briefly(await parents.driver.chores(10)), [`relay ${parent!.n}`])
    const elsewhere = new PortFlows('parents', await scene.queueElsewhere('parents'))
    assert.deepEqual(await elsewhere.driver.chores(10), [])
    const { chores, nextDueInMs } = await parents.queue.worker().turn({ want: 1 })
    assert.equal(chores, undefined)
    assert.ok(nextDueInMs! > 0 && nextDueInMs! <= CHORE_MS, `somebody looks in ${nextDueInMs} ms`)
  })

  flow(
    'gives a chore to others when the one that took it does not finish it',
    async (parents, children, scene) => {
      const [parent] = await parents.add('"1"')
      await children.child([parent!])
      await parents.complete()
      const [chore] = await parents.driver.chores(10)
      const elsewhere = new PortFlows('parents', await scene.queueElsewhere('parents'))
      await scene.pass(CHORE_MS + 100)
      assert.equal((await parents.queue.worker().turn({ want: 1 })).chores, true)
      assert.deepEqual(briefly(await elsewhere.driver.chores(10)), briefly([chore!]))
      await elsewhere.driver.finish([chore!])
      await scene.pass(CHORE_MS + 100)
      assert.deepEqual(await parents.driver.chores(10), [])
    },
    { longTime: true },
  )

  flow('keeps a chore that arose again before it was finished', async (parents, children) => {
    const [parent, other] = await parents.add('"1"', '"2"')
    await children.child([parent!, other!], { onDead: 'run' })
    await settleOne(parents.queue.worker(), { kind: 'bury', reason: 'broken', detail: '' })
    const [first] = await parents.driver.chores(10)
    await parents.queue.driver.apply({ kind: 'redrive', tasks: [{ n: parent!.n, delayMs: 0 }] })
    await parents.queue.cancel(parent!.n)
    await parents.driver.finish([first!])
    const [second] = await parents.driver.chores(10)
    assert.ok(second?.kind === 'relay' && second.outcome.state === 'cancelled')
    await parents.driver.finish([second])
    assert.deepEqual(await parents.driver.chores(10), [])
  })

  flow(
    'leaves the link of a new task to whoever enqueued it, and then to others',
    async (parents, children, scene) => {
      const [parent] = await parents.add('"1"')
      const child = await children.unlinked([parent!])
      assert.deepEqual(await children.driver.chores(10), [])
      await scene.pass(CHORE_MS + 100)
      assert.deepEqual(briefly(await children.driver.chores(10)), [`check ${child}`])
    },
    { longTime: true },
  )

  flow('stores what follows a task with its completion, or neither', async (parents) => {
    await parents.add('"1"', '"2"')
    const worker = parents.queue.worker()
    const [first, second] = await worker.claim(2)
    const turn = {
      settlements: [
        { kind: 'complete', lease: first!.lease, next: '{"|\n":"é"}', result: '"r"' },
        { kind: 'complete', lease: second!.lease },
      ],
    } as const
    const sent = worker.next(turn)
    assert.equal((await parents.queue.driver.settleAndClaim(sent)).chores, true)
    await parents.queue.driver.settleAndClaim({ ...sent, repeat: true })
    // Its lease is over: nothing follows.
    assert.deepEqual((await worker.turn(turn)).stale, [0, 1])
    assert.equal((await parents.queue.outcome(first!.n)).body, '"r"')
    const [chore, ...others] = await parents.driver.chores(10)
    assert.ok(chore?.kind === 'next' && others.length === 0)
    assert.deepEqual([chore.n, chore.body], [first!.n, '{"|\n":"é"}'])
    await parents.driver.finish([chore])
    assert.deepEqual(await parents.driver.chores(10), [])
  })

  flow('lists the children of a task page by page', async (parents, children) => {
    const [parent, other] = await parents.add('"1"', '"2"')
    const edges = Array.from({ length: 2_500 }, (_, i) => ({
      parent: parent!.n,
      child: { queue: 'children', n: String(1_000 + i), index: i % 3 },
    }))
    for (let at = 0; at < edges.length; at += 1_000) {
      assert.equal((await parents.driver.link(edges.slice(at, at + 1_000))).length, Math.min(1_000, 2_500 - at))
    }
    await children.link(other!, '1')
    const found = new Set<string>()
    let [after, pages] = [undefined as string | undefined, 0]
    do {
      const page = await parents.driver.children({ n: parent!.n, after, limit: 1_000 })
      for (const { n, index } of page.children) found.add(`${n} ${index}`)
      after = page.next
      pages++
    } while (after !== undefined)
    assert.deepEqual([found.size, pages], [2_500, 3])
    assert.deepEqual(await parents.driver.children({ n: '7', limit: 10 }), { children: [] })
    await parents.complete()
    const [chore] = await parents.driver.chores(10)
    assert.ok(chore?.kind === 'relay' && chore.next !== undefined)
    const rest = await parents.driver.children({ n: parent!.n, after: chore.next, limit: 1_000 })
    assert.ok(rest.children.length > 0 && chore.children.length + rest.children.length <= 2_500)
  })

  flow('lists the parents of a task page by page', async (parents, children) => {
    const places = (await parents.queue.add(...Array.from({ length: 1_000 }, () => '"1"'))).map((n) => ({
      flows: parents,
      n,
    }))
    const child = await children.unlinked([...places, ...places.map((place) => ({ ...place, flows: children }))])
    const found: number[] = []
    let from: number | undefined = 0
    while (from !== undefined) {
      const page = await children.driver.family({ task: { n: child }, from, limit: 700 })
      assert.equal(page!.count, 2_000)
      found.push(...page!.parents.map(({ index }) => index))
      from = page!.next
    }
    assert.deepEqual(found, [...Array(2_000).keys()])
  })

  flow('lists blocked tasks alone, page by page, whatever else is delayed', async (parents, children) => {
    const [parent] = await parents.add('"1"')
    const blocked: string[] = []
    for (let i = 0; i < 6; i++) {
      blocked.push(await children.child([parent!], { level: i % 3 }))
      await children.queue.add({ delayMs: 60_000, level: i % 2 })
    }
    const { driver } = children.queue
    for (const limit of [1, 2, 5, 6, 7, 100]) {
      const found: string[] = []
      let after: string | undefined
      do {
        const page = await driver.page({ state: 'blocked', limit, after })
        assert.ok(page.tasks.length <= limit && page.tasks.every((task) => 'blocked' in task && task.blocked))
        found.push(...page.tasks.map(({ n }) => n))
        after = page.next
      } while (after !== undefined)
      assert.deepEqual([...found].sort(), [...blocked].sort(), `by ${limit}`)
      assert.equal(found.length, 6)
    }
    // One that goes on among those that are due leads nowhere, or is refused.
    const { next } = await driver.page({ state: 'delayed', limit: 1 })
    const other = await driver.page({ state: 'blocked', limit: 100, after: next }).catch(() => ({ tasks: [] }))
    assert.ok(other.tasks.every((task) => 'blocked' in task && task.blocked))
    await children.tell(blocked[0]!, 0, { state: 'completed' })
    await children.queue.cancel(blocked[1]!)
    const { tasks } = await driver.page({ state: 'blocked', limit: 100 })
    assert.deepEqual(tasks.map(({ n }) => n).sort(), blocked.slice(2).sort())
  })

  flow('lists a blocked task among the delayed ones, and changes it', async (parents, children) => {
    const [parent] = await parents.add('"1"')
    const child = await children.child([parent!])
    await children.queue.add({ delayMs: 60_000 })
    const { tasks } = await children.queue.driver.page({ state: 'delayed', limit: 10 })
    assert.deepEqual(
      tasks.map((task) => ('blocked' in task ? [task.n, task.blocked, task.dueAt] : 'due')),
      ['due', [child, true, undefined]],
    )
    assert.equal(await children.queue.change(child, { level: 9, payload: '"other"' }), 'changed')
    assert.ok(await children.isBlocked(child))
    await children.tell(child, 0, { state: 'completed' })
    const { n, payload } = await children.queue.worker().claimOne()
    assert.deepEqual([n, payload], [child, '"other"'])
  })

  flow('runs a blocked task that is made due, and ends one that is cancelled', async (parents, children) => {
    const [parent] = await parents.add('"1"')
    const [promoted, cancelled, purged] = [
      await children.child([parent!]),
      await children.child([parent!]),
      await children.child([parent!]),
    ]
    assert.equal(await children.queue.change(promoted!, { delayMs: 0 }), 'changed')
    assert.equal(await children.queue.cancel(cancelled!), 'cancelled')
    assert.deepEqual(await children.waiting(), [promoted])
    await children.queue.driver.apply({ kind: 'purge', state: 'delayed', reason: 'purged', limit: 10 })
    assert.equal((await children.queue.outcome(purged!)).state, 'cancelled')
    for (const n of [promoted!, cancelled!, purged!]) await children.tell(n, 0, { state: 'completed' })
    assert.deepEqual(await children.waiting(), [])
    assert.equal((await children.queue.read(promoted!)).state, 'running')
  })

  flow('keeps a blocked task with a key, an own id, or beyond the capacity', async (parents, children) => {
    const [parent] = await parents.add('"1"')
    const after = { depth: 1, onDead: 'bury', parents: [{ queue: 'parents', n: parent!.n }] } as const
    const header = '{"id":"own"}'
    const [first, again] = await children.queue.offer(
      [
        { id: 'own', header, after },
        { id: 'own', header, after },
      ],
      { capacity: 1 },
    )
    const [keyed, waits] = await children.queue.offer([{ key: 'k', header: '{"key":"k"}', after }, '"w"'], {
      capacity: 1,
    })
    assert.deepEqual(
      [first!.state, again!.state, keyed!.state, waits!.state],
      ['accepted', 'existing', 'accepted', 'accepted'],
    )
    await children.queue.assertStats({ delayed: 2, waiting: 1 })
    const numbers = [first!, keyed!].map((receipt) => ('n' in receipt ? receipt.n : ''))
    await children.waiting()
    for (const n of numbers) await children.tell(n, 0, { state: 'completed' })
    assert.deepEqual((await children.waiting()).toSorted(), numbers.toSorted())
  })

  flow('forgets all of it with the queue', async (parents, children) => {
    const [parent] = await parents.add('"1"')
    const child = await children.child([parent!])
    for (const { queue } of [parents, children]) await queue.driver.apply({ kind: 'obliterate', force: true })
    assert.deepEqual(await parents.driver.children({ n: parent!.n, limit: 10 }), { children: [] })
    assert.deepEqual([await children.family(child), await children.driver.chores(10)], [undefined, []])
    assert.deepEqual(await parents.driver.look([{ n: parent!.n }]), [{ state: 'unknown' }])
  })

  flow('refuses wrong calls', async (parents, children) => {
    const [parent] = await parents.add('"1"')
    const ref = { queue: 'parents', n: parent!.n }
    const after = { depth: 1, onDead: 'bury', parents: [ref] } as const
    const many = Array.from({ length: 1_001 }, () => ({ parent: '1', child: { queue: 'q', n: '1', index: 0 } }))
    const { driver, queue } = children
    for (const call of [
      () => queue.offer([{ after: { ...after, parents: [] } }]),
      () => queue.offer([{ after: { ...after, depth: 1_001 } }]),
      () => queue.offer([{ after: { ...after, onDead: 'ask' as never } }]),
      () => queue.offer([{ after: { ...after, parents: [{ queue: 'a b', n: '1' }] } }]),
      () => queue.offer([{ after: { ...after, parents: [{ queue: 'q', n: 'x' }] } }]),
      () => driver.link(many),
      () => driver.link([{ parent: 'x', child: { queue: 'q', n: '1', index: 0 } }]),
      () => driver.link([{ parent: '1', child: { queue: 'q', n: '1', index: -1 } }]),
      () => driver.tell({ ends: [], children: [{ n: '1', index: 0, end: 0 }] }),
      () => driver.chores(0),
      () => driver.finish([{ kind: 'check', n: '1', token: '0', againInMs: 0 }]),
      () => driver.finish([{ kind: 'check', n: '1', token: '0', againInMs: 86_400_001 }]),
      () => driver.finish([{ kind: 'relay', n: '1', token: '0', againInMs: 1 }]),
      () => driver.finish([{ kind: 'check', n: 'x', token: '0' }]),
      () => driver.children({ n: '1', limit: 0 }),
      () => driver.family({ task: { n: '1' }, from: -1, limit: 1 }),
    ]) {
      await assertRefused((async () => call())())
    }
    await children.queue.assertStats({})
  })
}
