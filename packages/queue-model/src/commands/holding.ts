import assert from 'node:assert/strict'
import * as fc from 'fast-check'
import { commandsOf } from '../command.ts'
import type { WeightedCommands } from '../command.ts'
import { lostStates, MINUTE_MS } from '../model-task.ts'
import { leaseMs, participant, pick, pickLease, worker } from '../picks.ts'

const extend = commandsOf({
  name: 'extend',
  args: fc.record({ by: participant, picks: fc.array(pick, { minLength: 1, maxLength: 3 }), leaseMs }),
  applies: (_, { queue }) => queue.leases.size > 0,
  async run({ by, picks, leaseMs }, { queue }, { drivers }) {
    const leases = picks.map((choice) => pickLease(queue, choice))
    const states = await drivers[by]!.extend(leases, leaseMs)
    assert.equal(states.length, leases.length)
    for (const [i, lease] of leases.entries()) {
      const task = queue.held(lease)
      if (task) task.at = queue.now + leaseMs
      const permitted = task ? ['held'] : lostStates(queue.leases.get(lease)!, lease, queue.now)
      assert.ok(permitted.includes(states[i]!), `lease ${lease} is ${states[i]}, not ${permitted.join(' or ')}`)
    }
  },
})

const note = commandsOf({
  name: 'note',
  args: fc.record({
    by: participant,
    pick,
    kind: fc.constantFrom('progress', 'memo', 'start', 'start'),
    body: fc.constantFrom('1', '{}'),
  }),
  applies: (_, { queue }) => queue.leases.size > 0,
  async run({ by, pick, kind, body }, { queue }, { drivers }) {
    const lease = pickLease(queue, pick)
    const task = queue.held(lease)
    assert.deepEqual(await drivers[by]!.note([{ lease, kind, body }]), [task !== undefined])
    if (task) task[kind] = body
  },
})

const crash = commandsOf({
  name: 'crash',
  args: fc.record({ worker }),
  async run({ worker }, world) {
    world.replaceWorker(worker)
  },
})

const tick = commandsOf({
  name: 'tick',
  args: fc.record({ minutes: fc.constantFrom(1, 1, 1, 2, 5, 61) }),
  async run({ minutes }, { queue }, real) {
    queue.now += minutes * MINUTE_MS
    await real.pass(minutes * MINUTE_MS)
  },
})

/** Leases, their holders, and the time that ends them. */
export const holding: readonly WeightedCommands[] = [
  { weight: 3, arbitrary: tick },
  { weight: 2, arbitrary: extend },
  { weight: 1, arbitrary: note },
  { weight: 1, arbitrary: crash },
]
