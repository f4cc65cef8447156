import assert from 'node:assert/strict'
import type { QueueLimits, QueueSharing } from '@mq/core'
import * as fc from 'fast-check'
import { commandsOf } from '../command.ts'
import type { WeightedCommands } from '../command.ts'
import { participant } from '../picks.ts'
import type { RealQueue } from '../world.ts'

export function sharingOf({ drivers }: RealQueue, by: number): QueueSharing {
  return drivers[by] as RealQueue['drivers'][number] & QueueSharing
}

const setLimits = commandsOf({
  name: 'set limits',
  args: fc.record({
    by: participant,
    concurrency: fc.constantFrom(undefined, undefined, 1, 3),
    perKey: fc.constantFrom(
      undefined,
      { concurrency: 1, holdOnRetry: true },
      { concurrency: 2 },
      { holdOnRetry: true },
    ),
  }),
  async run({ by, ...given }, { queue }, real) {
    const port = sharingOf(real, by)
    const override: QueueLimits = JSON.parse(JSON.stringify(given))
    const { version } = await port.limits()
    const stored = await port.setLimits({ override, version })
    assert.deepEqual([stored.override, stored.version > version], [override, true])
    queue.limits.now = override
  },
})

/** Each key once, with what waits and runs. */
const listKeys = commandsOf({
  name: 'list keys',
  args: fc.record({ by: participant, limit: fc.constantFrom(1, 2, 1_000) }),
  async run({ by, limit }, { queue }, real) {
    const found: [string, number, number][] = []
    let after: string | undefined
    do {
      const { keys, next } = await sharingOf(real, by).keys({ limit, after })
      found.push(...keys.map(({ key, waiting, running }): [string, number, number] => [key, waiting, running]))
      assert.ok(found.length <= 2, 'more keys than there are')
      after = next
    } while (after !== undefined)
    const count = (place: string, key: string): number =>
      [...queue.tasks.values()].filter((task) => task.place === place && task.key === key).length
    const expected = ['a', 'b'].flatMap((key): [string, number, number][] => {
      const [waiting, running] = [count('waiting', key), count('leased', key)]
      return waiting + running > 0 ? [[key, waiting, running]] : []
    })
    assert.deepEqual(
      found.sort(([one], [other]) => (one < other ? -1 : 1)),
      expected,
    )
  },
})

/** Where tasks have keys. */
export const sharing: readonly WeightedCommands[] = [
  { weight: 3, arbitrary: setLimits },
  { weight: 2, arbitrary: listKeys },
]
