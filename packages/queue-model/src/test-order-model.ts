import assert from 'node:assert/strict'
import * as fc from 'fast-check'
import { checkProperty } from './check-property.ts'
import type { RunOptions } from './check-property.ts'
import { LEASE_MS, OrderWorld } from './order-world.ts'
import type { RealOrder } from './order-world.ts'

export interface OrderTestOptions extends RunOptions {
  /** A channel that nobody has used, for each run. */
  open(): Promise<RealOrder>
}

const KEYS = ['a', 'b', 'c', 'd'] as const
const WAYS = ['complete', 'complete', 'complete', 'release', 'retry', 'bury', 'expire'] as const

const number = fc.nat({ max: 1_000 })
const command = fc.oneof(
  {
    weight: 3,
    arbitrary: fc.record({
      act: fc.constant('publish' as const),
      keys: fc.array(fc.constantFrom(...KEYS), { minLength: 1, maxLength: 6 }),
    }),
  },
  {
    weight: 10,
    arbitrary: fc.record({
      act: fc.constant('turn' as const),
      member: number,
      ends: fc.array(fc.constantFrom(...WAYS), { maxLength: 3 }),
      want: fc.nat({ max: 4 }),
      tells: fc.constantFrom(true, true, true, false),
      repeats: fc.constantFrom(false, false, true),
      delayMs: fc.constantFrom(0, LEASE_MS / 2),
      maxBytes: fc.constantFrom(undefined, undefined, 1),
      suspectFrom: fc.constantFrom(undefined, 1, 2),
    }),
  },
  { weight: 1, arbitrary: fc.record({ act: fc.constant('away' as const) }) },
  { weight: 1, arbitrary: fc.record({ act: fc.constant('pass' as const) }) },
  {
    weight: 1,
    arbitrary: fc.record({ act: fc.constant('redrive' as const), which: number, delayMs: fc.constantFrom(0, 1_000) }),
  },
  { weight: 1, arbitrary: fc.record({ act: fc.constant('seek' as const), odds: fc.nat({ max: 3 }) }) },
)
type Command = typeof command extends fc.Arbitrary<infer C> ? C : never

/**
 * Plays random members of a group that is ordered by key: they tell keys or not, die, repeat turns, and end messages in
 * any way. Of a key one message at the most is given and not ended, in the order of publishing, and in the end every
 * message has ended, with nothing left.
 */
export async function testOrderModel({ open, ...options }: OrderTestOptions): Promise<void> {
  const property = fc.asyncProperty(fc.array(command, { maxLength: 60, size: 'max' }), async (commands) => {
    const real = await open()
    try {
      const world = new OrderWorld(real)
      for (const each of commands) {
        await play(each, world)
        await world.judgeCounts()
      }
      await drain(world, real)
    } finally {
      await real.close()
    }
  })
  await checkProperty(property, options)
}

async function play(command: Command, world: OrderWorld): Promise<void> {
  switch (command.act) {
    case 'publish':
      return world.publish(command.keys)
    case 'turn':
      await world.turn(command.member, command.ends, command.want, command)
      return
    case 'away':
      return world.pass(LEASE_MS + 1_000)
    case 'pass':
      return world.pass(LEASE_MS / 2 + 1)
    case 'redrive':
      return world.redrive(command.which, command.delayMs)
    case 'seek':
      return command.odds === 0 ? world.sendBack() : undefined
  }
}

/** A member that takes any completes all that there is. */
async function drain(world: OrderWorld, real: RealOrder): Promise<void> {
  const how = { tells: true, repeats: false, delayMs: 0 }
  for (let empty = 0, rounds = 0; empty < 3; rounds++) {
    assert.ok(rounds < 10_000, 'it never ends')
    const got = await world.turn(0, Array<'complete'>(100).fill('complete'), 100, how)
    await world.judgeCounts()
    empty = got === 0 ? empty + 1 : 0
    if (got === 0) await world.pass(LEASE_MS + 1_000)
  }
  await world.judgeEnd()
  assert.deepEqual(await real.leftovers(), [])
}
