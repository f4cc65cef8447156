import assert from 'node:assert/strict'
import { FLOWS, PortFlows } from '../../port-flows.ts'
import type { HintLog } from '../../port-queue.ts'
import type { Scene } from '../../scene.ts'
import type { Test } from '../../topic.ts'

/** A worker elsewhere that found nothing and waits for a hint. */
async function sleeper(scene: Scene, name: string): Promise<HintLog> {
  const queue = await scene.queueElsewhere(name)
  const hints = await queue.hear()
  await queue.worker().waitForWork()
  return hints
}

/** Each way in which something is left to be done, or may run: a worker that sleeps has to know. */
export function flowsWaking(test: Test): void {
  const wakes = (
    title: string,
    queue: 'parents' | 'children',
    set: (parents: PortFlows, children: PortFlows) => Promise<() => Promise<unknown>>,
  ): void =>
    test(
      `wakes a worker that sleeps when ${title}`,
      async (scene) => {
        const [parents, children] = [await PortFlows.of(scene, 'parents'), await PortFlows.of(scene, 'children')]
        const act = await set(parents, children)
        const hints = await sleeper(scene, queue)
        await act()
        await scene.eventually(() => hints.count('work') > 0, 'a hint that there is something to do')
      },
      { part: FLOWS },
    )

  wakes('a task with a child is completed by another', 'parents', async (parents, children) => {
    const [parent] = await parents.add('"1"')
    await children.child([parent!])
    const worker = parents.queue.worker()
    const { lease } = await worker.claimOne()
    return () => worker.settle({ kind: 'complete', lease })
  })

  wakes('a task with a child is completed in the last turn of another', 'parents', async (parents, children) => {
    const [parent] = await parents.add('"1"')
    await children.child([parent!])
    const worker = parents.queue.worker()
    const { lease } = await worker.claimOne()
    return () => worker.turn({ settlements: [{ kind: 'complete', lease }], last: true })
  })

  wakes('a task with a child is buried by another', 'parents', async (parents, children) => {
    const [parent] = await parents.add('"1"')
    await children.child([parent!])
    const worker = parents.queue.worker()
    const { lease } = await worker.claimOne()
    return () => worker.settle({ kind: 'bury', lease, reason: 'broken', detail: '' })
  })

  wakes('a delayed task with a child is cancelled', 'parents', async (parents, children) => {
    const [parent] = await parents.add({ delayMs: 60_000 })
    await children.child([parent!])
    return () => parents.queue.cancel(parent!.n)
  })

  wakes('a running task with a child is cancelled', 'parents', async (parents, children) => {
    const [parent] = await parents.add('"1"')
    await children.child([parent!])
    await parents.queue.worker().claimOne()
    return () => parents.queue.cancel(parent!.n)
  })

  wakes('delayed tasks with children are purged', 'parents', async (parents, children) => {
    const [parent] = await parents.add({ delayMs: 60_000 })
    await children.child([parent!])
    return () => parents.queue.driver.apply({ kind: 'purge', state: 'delayed', reason: '', limit: 10 })
  })

  wakes('a task with a child is replaced', 'parents', async (parents, children) => {
    const [parent] = await parents.add({ id: 'own', header: '{"id":"own"}', delayMs: 60_000 })
    await children.child([parent!])
    const task = { id: 'own', header: '{"id":"own"}', delayMs: 120_000, replace: true }
    return () => parents.queue.add(task)
  })

  wakes('another completes a task with what follows it', 'parents', async (parents) => {
    await parents.add('"1"')
    const worker = parents.queue.worker()
    const { lease } = await worker.claimOne()
    return () => worker.settle({ kind: 'complete', lease, next: 'next' })
  })

  wakes('the last parent of a task has ended', 'children', async (parents, children) => {
    const [parent] = await parents.add('"1"')
    const child = await children.child([parent!])
    return () => children.tell(child, 0, { state: 'completed' })
  })

  wakes('the last parent of a task with a key has ended', 'children', async (parents, children) => {
    const [parent] = await parents.add('"1"')
    const child = await children.child([parent!], { key: 'k', header: '{"key":"k"}' })
    return () => children.tell(child, 0, { state: 'completed' })
  })

  wakes('the last parent of a delayed task has ended', 'children', async (parents, children) => {
    const [parent] = await parents.add('"1"')
    const child = await children.child([parent!], { delayMs: 5_000 })
    return () => children.tell(child, 0, { state: 'completed' })
  })

  wakes('a parent did not complete, and the task has a child', 'children', async (parents, children) => {
    const [parent] = await parents.add('"1"')
    const child = await children.child([parent!])
    await parents.child([{ flows: children, n: child }])
    return () => children.tell(child, 0, { state: 'dead' })
  })

  wakes('a task lives again that has to look for its parents', 'children', async (parents, children) => {
    const [parent] = await parents.add('"1"')
    const child = await children.child([parent!])
    await children.tell(child, 0, { state: 'dead' })
    return () => children.queue.driver.apply({ kind: 'redrive', tasks: [{ n: child, delayMs: 0 }] })
  })

  wakes('a blocked task is promoted', 'children', async (parents, children) => {
    const [parent] = await parents.add('"1"')
    const child = await children.child([parent!])
    return () => children.queue.change(child, { delayMs: 0 })
  })

  test(
    'wakes nobody for a task that is blocked',
    async (scene) => {
      const [parents, children] = [await PortFlows.of(scene, 'parents'), await PortFlows.of(scene, 'children')]
      const hints = await sleeper(scene, 'children')
      const [parent] = await parents.add('"1"')
      await children.child([parent!])
      await children.queue.add({ delayMs: 60_000 })
      await scene.eventually(() => hints.count('work') > 0, 'a hint that a delayed task is due')
      assert.equal(hints.count('work'), 1)
    },
    { part: FLOWS },
  )
}
