import assert from 'node:assert/strict'
import type { EnqueueBatch, NewTask, Receipt, Turn } from '@mq/core'
import { MAX_BATCH_BYTES } from '@mq/core/adapter'
import { sharingOf } from './commands/sharing.ts'
import { take } from './commands/turns.ts'
import { compare } from './compare.ts'
import { Ledger } from './ledger.ts'
import { MINUTE_MS } from './model-task.ts'
import { readEnds } from './outcomes.ts'
import type { RealQueue, World } from './world.ts'

/**
 * The end of each run: all tasks are claimed and completed, nothing is lost or invented, the letters are thrown away,
 * the ids are forgotten, and the storage is empty.
 */
export async function finish(world: World, real: RealQueue): Promise<void> {
  const { queue, ledger } = world
  const [driver] = real.drivers
  await driver!.apply({ kind: 'resume' })
  queue.paused = false
  if (world.shares) {
    const port = sharingOf(real, 0)
    await port.setLimits({ override: {}, version: (await port.limits()).version })
    queue.limits.now = {}
  }
  let seq = 0
  const turn = async (part: Partial<Turn>): Promise<string[]> => {
    const limits = { maxBytes: MAX_BATCH_BYTES, leaseMs: 3 * MINUTE_MS, keepResults: true, awaitWork: false }
    const call = { lane: 'last.0', seq: ++seq, repeat: false, settlements: [], want: 0, ...limits, ...part }
    const reply = await driver!.settleAndClaim(call)
    take(call, reply, world, real)
    await compare(world, real)
    return reply.claimed.map(({ lease }) => lease)
  }
  const drain = async (): Promise<void> => {
    for (let held = await turn({ want: 1_000 }); held.length > 0; held = await turn({ want: 1_000 })) {
      await turn({
        settlements: held.map((lease) => ({ kind: 'complete', lease, id: queue.leases.get(lease)!.id })),
      })
    }
  }
  const pass = async (minutes: number): Promise<void> => {
    queue.now += minutes * MINUTE_MS
    await real.pass(minutes * MINUTE_MS)
  }

  await pass(5)
  await drain()
  const stats = await driver!.stats()
  assert.deepEqual([Ledger.alive(stats), ledger.missing(stats)], [0, 0], 'tasks are lost or invented')
  const dead = queue.dead()
  for (const { end } of dead) end!.isKept = false
  ledger.discarded += (await driver!.apply({ kind: 'discard', tasks: dead.map(({ n }) => n) })).changed
  await compare(world, real)
  // In any order: of those that one call ends, the storage chooses.
  if (real.outcomes)
    assert.deepEqual((await readEnds(real.outcomes)).toSorted(byText), queue.ends.toSorted(byText), 'ends')

  const offer = async (ids: readonly string[], each: number): Promise<readonly Receipt[]> => {
    const tasks = ids.map((id): NewTask => ({ id, level: 4, delayMs: 0, header: JSON.stringify({ id }), payload: 'x' }))
    const batch: EnqueueBatch = { lane: `last-${each}`, seq: 1, atomic: false, tasks }
    const receipts = await driver!.enqueue(batch)
    await driver!.apply({ kind: 'purge', state: 'waiting', reason: '', limit: 1_000 })
    return receipts
  }
  // Calls with ids forget old ids, a few at a time.
  await pass(120)
  for (let each = 0; each < 3; each++)
    await offer(
      Array.from({ length: 30 }, (_, i) => `late ${each} ${i}`),
      each,
    )
  const used = [...queue.ids.keys()]
  const again = used.length === 0 ? [] : await offer(used, 3)
  assert.ok(
    again.every(({ state }) => state === 'accepted'),
    `ids are never forgotten: ${JSON.stringify(again)}`,
  )
  const { waiting, delayed, running, dead: letters } = await driver!.stats()
  assert.deepEqual([waiting, delayed, running, letters], [0, 0, 0, 0])
  await driver!.settleAndClaim({
    lane: 'sweep.0',
    seq: 1,
    repeat: false,
    settlements: [],
    want: 1_000,
    maxBytes: 1,
    leaseMs: 1_000,
    keepResults: false,
    awaitWork: false,
  })
  await pass(120)
  assert.deepEqual(await real.leftovers(), [])
}

function byText(one: string, other: string): number {
  return one < other ? -1 : 1
}
