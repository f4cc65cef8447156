import { NEW_TOKEN } from '@mq/core/adapter'
import assert from 'node:assert/strict'
import { briefly, FLOWS, PortFlows } from '../../port-flows.ts'
import type { Scene } from '../../scene.ts'
import type { Test } from '../../topic.ts'

type Body = (parents: PortFlows, children: PortFlows, scene: Scene) => Promise<void>

/** How a blocked task comes to an end, or to run. */
const ENDS: Readonly<Record<string, (children: PortFlows, n: string) => Promise<unknown>>> = {
  'all parents of which have ended': (children, n) => children.tell(n, 0, { state: 'completed' }),
  'that is buried for a parent': (children, n) => children.tell(n, 0, { state: 'dead' }),
  'that is cancelled': ({ queue }, n) => queue.cancel(n),
  'that is purged': ({ queue }) => queue.driver.apply({ kind: 'purge', state: 'delayed', reason: '', limit: 10 }),
}

/** A blocked task looks for its parents again, since what was told to another queue may be lost. */
export function flowsAgain(test: Test): void {
  const flow = (title: string, body: Body, needs = {}): void =>
    test(
      title,
      async (scene) => body(await PortFlows.of(scene, 'parents'), await PortFlows.of(scene, 'children'), scene),
      { part: FLOWS, ...needs },
    )

  /** A task whose look for its parents is done, and is to be done again. */
  async function looked(parents: PortFlows, children: PortFlows, againInMs: number): Promise<string> {
    const child = await children.unlinked((await parents.add('"1"')).slice(0, 1))
    await children.driver.finish([{ kind: 'check', n: child, token: NEW_TOKEN, againInMs }])
    return child
  }

  const free = (children: PortFlows, scene: Scene): Promise<void> => {
    const worker = children.queue.worker()
    return scene.eventually(async () => (await worker.turn({ want: 1 })).chores === true, 'a look that is due')
  }

  flow(
    'says in a turn that a look is due, how often it was done, and sets no alarm',
    async (parents, children, scene) => {
      const child = await looked(parents, children, 5)
      await looked(parents, children, 60_000)
      assert.equal((await children.queue.driver.stats()).chores, undefined)
      await free(children, scene)
      assert.equal((await children.queue.driver.stats()).chores, undefined)
      const [chore, ...others] = await children.driver.chores(10)
      assert.deepEqual(others, [])
      assert.ok(chore?.kind === 'check' && chore.n === child && chore.looked === 1)
      assert.equal((await children.queue.worker().turn({ want: 1 })).chores, undefined)
      await children.driver.finish([{ ...chore, againInMs: 5 }])
      const { nextDueInMs } = await children.queue.worker().turn({ want: 1 })
      assert.equal(nextDueInMs, undefined)
      await free(children, scene)
      const [again] = await children.driver.chores(10)
      assert.ok(again?.kind === 'check' && again.looked === 2)
      await children.driver.finish([again])
      await scene.pass(20)
      assert.deepEqual(await children.driver.chores(10), [])
    },
  )

  flow('gives looks that are due behind all that is new', async (parents, children, scene) => {
    const child = await looked(parents, children, 5)
    await free(children, scene)
    const [parent] = await children.add('"1"')
    await parents.child([parent!])
    await children.queue.cancel(parent!.n)
    assert.deepEqual(briefly(await children.driver.chores(1)), [`relay ${parent!.n}`])
    assert.deepEqual(briefly(await children.driver.chores(10)), [`check ${child}`])
  })

  for (const [how, end] of Object.entries(ENDS)) {
    flow(`looks no more for the parents of a task ${how}`, async (parents, children, scene) => {
      const child = await looked(parents, children, 1)
      await end(children, child)
      await scene.pass(20)
      assert.deepEqual(await children.driver.chores(10), [])
      // Somebody who looked meanwhile.
      await children.driver.finish([{ kind: 'check', n: child, token: NEW_TOKEN, againInMs: 1 }])
      await scene.pass(20)
      assert.deepEqual(await children.driver.chores(10), [])
    })
  }

  flow('keeps a look that arose again before it was finished to be done again', async (parents, children, scene) => {
    const child = await looked(parents, children, 5)
    await free(children, scene)
    const [old] = await children.driver.chores(10)
    await children.tell(child, 0, { state: 'dead' })
    await children.queue.driver.apply({ kind: 'redrive', tasks: [{ n: child, delayMs: 0 }] })
    await children.driver.finish([{ ...old!, againInMs: 60_000 }])
    const [chore] = await children.driver.chores(10)
    assert.ok(chore?.kind === 'check' && chore.looked === 0)
  })
}
