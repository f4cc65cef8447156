import { bury, defineQueue } from '@mq/core'
import type { Broker, Queue } from '@mq/core'
import assert from 'node:assert/strict'
import type { Scene } from '../../scene.ts'
import type { Test } from '../../topic.ts'
import { wholeNumber } from '../../values.ts'

const numbers = defineQueue({ name: 'q', payload: wholeNumber, attempts: 1 })
type Numbers = Queue<number, number, unknown, unknown>

/** Odd numbers are buried, even ones fail; all are dead letters then, oldest first 1, 2, 3 … */
async function bury6(scene: Scene, broker: Broker = scene.broker()): Promise<Numbers> {
  const queue = broker.queue(numbers)
  const worker = queue.process(
    (n) => {
      if (n % 2 === 0) throw new RangeError(`${n} is even`)
      return bury('odd')
    },
    { concurrency: 1 },
  )
  for (let payload = 1; payload <= 6; payload++) {
    const task = await queue.enqueue(payload, { id: `task-${payload}` })
    await scene.during(task.outcome())
    // Each dies at a time of its own.
    await scene.pass(2)
  }
  await scene.during(worker.close())
  return queue
}

async function payloadsOf(scene: Scene, queue: Numbers, count: number): Promise<number[]> {
  const ran: number[] = []
  queue.process((n) => void ran.push(n), { concurrency: 1 })
  await scene.eventually(() => ran.length === count, `${count} runs`)
  return ran
}

const payloads = (letters: readonly { readonly payload: unknown }[]): unknown[] => letters.map(({ payload }) => payload)

export function redriving(test: Test): void {
  test('lists dead letters by reason, by error, and by time', async (scene) => {
    const queue = await bury6(scene)
    assert.deepEqual(payloads(await queue.dead.list({ reason: 'odd' })), [5, 3, 1])
    assert.deepEqual(payloads(await queue.dead.list({ error: '4 is' })), [4])
    assert.deepEqual(payloads(await queue.dead.list({ error: 'RangeError', limit: 2 })), [6, 4])
    const [newest] = await queue.dead.list({ limit: 1 })
    assert.deepEqual(payloads(await queue.dead.list({ diedFrom: newest!.diedAt + 1 })), [])
    assert.equal((await queue.dead.list({ diedTo: newest!.diedAt })).length, 6)
    await assert.rejects(queue.dead.list({ reasons: 'odd' } as never), { code: 'invalid-options' })
    await assert.rejects(queue.dead.list({ limit: 0 }), { code: 'invalid-options' })
  })

  test('says first what a redrive would do', async (scene) => {
    const queue = await bury6(scene)
    const plan = await queue.dead.redrive({ reason: 'odd' }, { dryRun: true })
    assert.deepEqual(plan, { selected: 3, ids: ['task-5', 'task-3', 'task-1'], changed: 0, refused: [] })
    assert.equal((await queue.stats()).dead, 6)
  })

  test('redrives some, oldest first', async (scene) => {
    const queue = await bury6(scene)
    const { changed } = await queue.dead.redrive({ reason: 'odd' })
    assert.equal(changed, 3)
    assert.deepEqual(await payloadsOf(scene, queue, 3), [1, 3, 5])
    assert.equal((await queue.task('task-1').outcome()).state, 'completed')
    assert.equal((await queue.stats()).dead, 3)
  })

  test('redrives one, by id, and all', async (scene) => {
    const queue = await bury6(scene)
    assert.deepEqual((await queue.dead.redrive({ ids: ['task-4', 'task-9'] })).ids, ['task-4'])
    const { changed, refused } = await queue.dead.redrive('all')
    assert.deepEqual([changed, refused], [5, []])
    assert.deepEqual(await payloadsOf(scene, queue, 6), [4, 1, 2, 3, 5, 6])
    assert.deepEqual(await queue.dead.redrive('all'), { selected: 0, ids: [], changed: 0, refused: [] })
  })

  test('redrives with an edited payload, which the schema checks', async (scene) => {
    const queue = await bury6(scene)
    const bad = queue.dead.redrive('all', { edit: () => 'no number' as never })
    await assert.rejects(bad, { code: 'invalid-payload' })
    assert.equal((await queue.stats()).dead, 6)
    await queue.dead.redrive({ ids: ['task-2'] }, { edit: ({ payload }) => Number(payload) * 100 })
    assert.deepEqual(await payloadsOf(scene, queue, 1), [200])
  })

  test('redrives at a pace', async (scene) => {
    const queue = await bury6(scene)
    await queue.dead.redrive('all', { perSecond: 10 })
    const { waiting, delayed } = await queue.stats()
    assert.deepEqual([waiting, delayed], [1, 5])
    const ran = payloadsOf(scene, queue, 6)
    assert.deepEqual(await ran, [1, 2, 3, 4, 5, 6])
  })

  test('starts a redriven life with all attempts', async (scene) => {
    const queue = await bury6(scene)
    await queue.dead.redrive({ ids: ['task-2'] })
    const attempts: number[] = []
    queue.process((_, { attempt }) => void attempts.push(attempt))
    await scene.during(queue.task('task-2').result())
    assert.deepEqual(attempts, [1])
  })

  test('discards what is selected, for good', async (scene) => {
    const queue = await bury6(scene)
    assert.equal((await queue.dead.discard({ reason: 'odd' }, { dryRun: true })).changed, 0)
    assert.equal((await queue.dead.discard({ reason: 'odd' })).changed, 3)
    assert.deepEqual(payloads(await queue.dead.list()), [6, 4, 2])
    assert.equal((await queue.dead.discard('all')).changed, 3)
    assert.equal((await queue.stats()).dead, 0)
  })

  test('takes no empty selection for all', async (scene) => {
    const queue = await bury6(scene)
    await assert.rejects(queue.dead.redrive({}), { code: 'invalid-options' })
    await assert.rejects(queue.dead.discard({ reason: undefined }), { code: 'invalid-options' })
    await assert.rejects(queue.dead.discard({ ids: 'task-1' as never }), { code: 'invalid-options' })
    await assert.rejects(queue.dead.redrive('all', { perSecond: 0 }), { code: 'invalid-options' })
    assert.equal((await queue.stats()).dead, 6)
  })
}
