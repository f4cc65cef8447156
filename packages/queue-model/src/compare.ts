import assert from 'node:assert/strict'
import type { TaskReading } from '@mq/core'
import { idKnown, permits } from './model-task.ts'
import type { RealQueue, World } from './world.ts'

export async function look({ queue }: World, { drivers }: RealQueue): Promise<ReadonlyMap<string, TaskReading>> {
  const numbers = [...queue.tasks.keys()]
  const readings = await drivers[0]!.read(numbers.map((n) => ({ n })))
  return new Map(numbers.map((n, i) => [n, readings[i]!]))
}

/** After each command: every task, every id and the figures are as the model has them. */
export async function compare(world: World, real: RealQueue): Promise<void> {
  const { queue, ledger } = world
  const seen = await look(world, real)
  queue.follow(seen)
  for (const [n, reading] of seen) {
    const task = queue.tasks.get(n)!
    const isRight = permits(task, reading, queue.now, real.slackMs)
    assert.ok(isRight, `read as ${JSON.stringify(reading)}, but should be ${JSON.stringify(task)} at ${queue.now}`)
  }
  const owners = [...queue.ids]
  const byId = await real.drivers[1]!.read(owners.map(([id]) => ({ id })))
  for (const [i, [id, task]] of owners.entries()) {
    const isForgotten = byId[i]!.state === 'unknown' && idKnown(task, queue.now) === 'perhaps'
    const isRight = isForgotten || permits(task, byId[i]!, queue.now, real.slackMs)
    assert.ok(
      isRight,
      `id ${id} reads ${JSON.stringify(byId[i])}, but should be ${JSON.stringify(task)} at ${queue.now}`,
    )
  }
  const stats = await real.drivers[1]!.stats()
  const { oldestWaitMs, outcomes: _, ...counts } = stats
  assert.deepEqual({ ...counts, totals: { ...counts.totals } }, { ...queue.stats() })
  assert.equal(oldestWaitMs === undefined, queue.those('waiting').length === 0, `oldestWaitMs is ${oldestWaitMs}`)
  assert.deepEqual([ledger.missing(stats), ledger.missingLetters(stats)], [0, 0], 'tasks are lost or invented')
}
