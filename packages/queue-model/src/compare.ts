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
  const { oldestWaitMs, overdue, lapsed, outcomes: _, ...counts } = stats
  assert.deepEqual({ ...counts, totals: { ...counts.totals } }, { ...queue.stats() })
  assertOver(overdue, world, 'delayed', real.slackMs)
  assertOver(lapsed, world, 'leased', real.slackMs)
  const waits = queue.those('waiting').length + overdue > 0
  assert.equal(oldestWaitMs === undefined, !waits, `oldestWaitMs is ${oldestWaitMs}`)
  assert.deepEqual([ledger.missing(stats), ledger.missingLetters(stats)], [0, 0], 'tasks are lost or invented')
}

/**
 * As many as are over, and perhaps those that will be soon: the storage's clock may run ahead. A lease may have been
 * given more time after an outage.
 */
function assertOver(count: number, { queue }: World, place: 'delayed' | 'leased', slackMs: number): void {
  const leftMs = queue.those(place).map(({ at }) => at - queue.now)
  const least = place === 'leased' ? 0 : leftMs.filter((left) => left <= 0).length
  const most = leftMs.filter((left) => left <= slackMs).length
  assert.ok(count >= least && count <= most, `${count} ${place} ones are over, not ${least} to ${most}`)
}
