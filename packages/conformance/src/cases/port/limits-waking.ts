import assert from 'node:assert/strict'
import type { QueueLimits } from '@mq/core'
import { payloads } from '../../port-queue.ts'
import type { HintLog, PortQueue, PortWorker } from '../../port-queue.ts'
import { sharing, SHARES, tasksOf } from '../../port-sharing.ts'
import type { Scene } from '../../scene.ts'
import type { Test } from '../../topic.ts'

const DAY = 86_400_000
const ONE_A_DAY: QueueLimits = { rate: { count: 1, perMs: DAY, burst: 1 } }

interface Asleep {
  readonly busy: PortWorker
  readonly free: PortWorker
  readonly hints: HintLog
}

/** A worker that limits the queue, and, elsewhere, one that found nothing to claim and sleeps. */
async function asleep(scene: Scene, queue: PortQueue, limits: QueueLimits): Promise<Asleep> {
  const elsewhere = await scene.queueElsewhere()
  const [busy, free, hints] = [queue.worker({ limits }), elsewhere.worker(), await elsewhere.hear()]
  await busy.turn()
  await free.waitForWork()
  return { busy, free, hints }
}

/** Hints that come late would have come by then. */
async function assertHints(scene: Scene, hints: HintLog, count: number): Promise<void> {
  await scene.eventually(() => hints.count('work') >= count, `${count} hints`)
  await scene.pass(50)
  assert.equal(hints.count('work'), count)
}

export function limitsWaking(test: Test): void {
  test(
    'wakes nobody for tasks that wait until another ends, and one worker then',
    sharing(async (queue, scene) => {
      const { busy, free, hints } = await asleep(scene, queue, { concurrency: 1 })
      await queue.add('0')
      await assertHints(scene, hints, 1)
      const { lease } = await busy.claimOne()
      await free.waitForWork()
      for (const payload of payloads(20)) await queue.add(payload)
      await queue.add(...tasksOf('a', 3))
      await assertHints(scene, hints, 1)
      await busy.settle({ kind: 'complete', lease })
      await assertHints(scene, hints, 2)
    }),
    SHARES,
  )

  test(
    'wakes one worker for the first that a rate keeps waiting, and nobody for those behind it',
    sharing(async (queue, scene) => {
      const { busy, free, hints } = await asleep(scene, queue, ONE_A_DAY)
      await queue.add('0')
      await assertHints(scene, hints, 1)
      await busy.settle({ kind: 'complete', lease: (await busy.claimOne()).lease })
      await free.waitForWork()
      for (const payload of payloads(20)) await queue.add(payload)
      await assertHints(scene, hints, 2)
      const { claimed, nextDueInMs } = await free.turn({ want: 5, awaitWork: true })
      assert.equal(claimed.length, 0)
      assert.ok(nextDueInMs! > DAY / 2, `it is told a time: ${nextDueInMs}`)
      for (const payload of payloads(20)) await queue.add(payload)
      await queue.add(...tasksOf('a', 3))
      await assertHints(scene, hints, 2)
    }),
    SHARES,
  )

  test(
    'wakes one worker for the first task behind a hold of the queue',
    sharing(async (queue, scene) => {
      const { busy, hints } = await asleep(scene, queue, {})
      await queue.add('0')
      await assertHints(scene, hints, 1)
      const { lease } = await busy.claimOne()
      await busy.turn({ settlements: [{ kind: 'release', lease, hold: { scope: 'queue', forMs: DAY } }], want: 1 })
      for (const payload of payloads(20)) await queue.add(payload)
      await assertHints(scene, hints, 1)
    }),
    SHARES,
  )

  test(
    'wakes nobody for tasks of a key that has to wait, and one for each other that comes',
    sharing(async (queue, scene) => {
      const limits = { perKey: { concurrency: 1 } }
      const { busy, free, hints } = await asleep(scene, queue, limits)
      const numbers = await queue.add(...tasksOf('a', 1))
      await assertHints(scene, hints, 1)
      const { lease } = await busy.claimOne()
      await free.waitForWork()
      for (const task of tasksOf('a', 10)) numbers.push(...(await queue.add(task)))
      numbers.push(...(await queue.add({ ...tasksOf('a', 1)[0], delayMs: DAY })))
      await assertHints(scene, hints, 2)
      await free.waitForWork()
      // An operator's changes of such tasks, too.
      assert.equal(await queue.change({ n: numbers[11]! }, { delayMs: 0 }), 'changed')
      assert.equal(await queue.change({ n: numbers[10]! }, { level: 9 }), 'changed')
      assert.equal(await queue.cancel(numbers[9]!), 'cancelled')
      await queue.driver.apply({ kind: 'purge', state: 'waiting', reason: 'no', limit: 2 })
      await assertHints(scene, hints, 2)
      await queue.add(...tasksOf('b', 1))
      await assertHints(scene, hints, 3)
      await free.claimOne()
      await free.waitForWork()
      await busy.settle({ kind: 'complete', lease })
      await assertHints(scene, hints, 4)
    }),
    SHARES,
  )

  test(
    'wakes nobody for a dead letter of a key that has to wait',
    sharing(async (queue, scene) => {
      const { busy, free, hints } = await asleep(scene, queue, { perKey: { concurrency: 1 } })
      const [n] = await queue.add(...tasksOf('a', 1))
      const { lease } = await busy.claimOne()
      await busy.settle({ kind: 'bury', lease, reason: 'broken', detail: '' })
      await queue.add(...tasksOf('a', 1))
      await busy.claimOne()
      await free.waitForWork()
      const before = hints.count('work')
      await queue.driver.apply({ kind: 'redrive', tasks: [{ n: n!, delayMs: 0 }] })
      await assertHints(scene, hints, before)
    }),
    SHARES,
  )

  test(
    'wakes nobody while the queue is paused, whatever comes, and one when it is resumed',
    sharing(async (queue, scene) => {
      const { busy, free, hints } = await asleep(scene, queue, {})
      await queue.driver.apply({ kind: 'pause' })
      await free.waitForWork()
      const before = hints.count('work')
      await queue.add('1', '2')
      await queue.add({ delayMs: 1_000 })
      await queue.add(...tasksOf('a', 2))
      await busy.turn()
      await assertHints(scene, hints, before)
      await queue.driver.apply({ kind: 'resume' })
      await assertHints(scene, hints, before + 1)
    }),
    SHARES,
  )

  test(
    'tells one that sleeps when a limit lets the next through, where who claimed has no slot for it',
    sharing(async (queue, scene) => {
      const limits = { rate: { count: 2, perMs: 2_000, burst: 1 } }
      const sleepers = [await asleep(scene, queue, limits), await asleep(scene, queue, limits)]
      const woken = (): Asleep[] => sleepers.filter(({ hints }) => hints.count('work') > 0)
      await queue.add('1', '2', '3')
      await scene.eventually(() => woken().length === 1, 'a first hint')
      const [first] = woken()
      await first!.free.claimOne()
      await scene.eventually(() => woken().length === 2, 'a hint to the other')
      const other = sleepers.find((sleeper) => sleeper !== first)!
      const { claimed, nextDueInMs } = await other.free.turn({ want: 1, awaitWork: true })
      assert.equal(claimed.length, 0)
      assert.ok(nextDueInMs! > 0 && nextDueInMs! <= 1_000, `next due in ${nextDueInMs} ms`)
    }),
    SHARES,
  )
}
