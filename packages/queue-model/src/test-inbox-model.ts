import assert from 'node:assert/strict'
import * as fc from 'fast-check'
import { checkProperty } from './check-property.ts'
import type { RunOptions } from './check-property.ts'
import { InboxWorld } from './inbox-world.ts'
import type { RealInbox } from './inbox-world.ts'

export interface InboxTestOptions extends RunOptions {
  open(): Promise<RealInbox>
}

const number = fc.nat({ max: 1_000 })
const command = fc.oneof(
  {
    weight: 4,
    arbitrary: fc.record({
      act: fc.constant('push' as const),
      end: fc.constantFrom('left', 'left', 'right'),
      count: fc.integer({ min: 1, max: 5 }),
    }),
  },
  {
    weight: 8,
    arbitrary: fc.record({
      act: fc.constant('turn' as const),
      worker: number,
      ends: fc.array(fc.constantFrom('complete', 'complete', 'bury'), { maxLength: 3 }),
      want: fc.nat({ max: 4 }),
    }),
  },
  { weight: 2, arbitrary: fc.record({ act: fc.constant('repeat' as const), worker: number }) },
  { weight: 1, arbitrary: fc.record({ act: fc.constant('away' as const) }) },
)

/**
 * Another program pushes at both ends of an inbox, and workers take, end, repeat their turns and die, at random. What
 * is pushed is given in the order of the list, to one worker at a time, and ends once; none is lost or counted twice.
 */
export async function testInboxModel({ open, ...options }: InboxTestOptions): Promise<void> {
  const property = fc.asyncProperty(fc.array(command, { maxLength: 60, size: 'max' }), async (commands) => {
    const real = await open()
    try {
      const world = new InboxWorld(real)
      for (const each of commands) {
        if (each.act === 'push') await world.push(each.end, each.count)
        else if (each.act === 'turn') await world.turn(each.worker, each.ends, each.want)
        else if (each.act === 'repeat') await world.repeat(each.worker)
        else await world.away()
        await world.judge()
      }
      await world.away()
      for (let rounds = 0; world.open > 0; rounds++) {
        assert.ok(rounds < 1_000, `${world.open} never ended`)
        await world.turn(0, Array(10).fill('complete'), 10)
        await world.judge()
      }
    } finally {
      await real.close()
    }
  })
  await checkProperty(property, options)
}
