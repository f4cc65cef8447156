// The answer to a change was lost: whether it was done is said where it is known, and not guessed where it is not.
import { expect, it } from 'vitest'
import { away, brokerBench, withQueue } from '../broker-bench.ts'
import type { BrokerBench } from '../broker-bench.ts'

/** The first `change` is done, and its answer lost; before the repetition, something else happens. */
function lossyBench(meanwhile: (bench: BrokerBench) => Promise<unknown>): BrokerBench {
  let calls = 0
  const bench = brokerBench((inner) =>
    withQueue(inner, (driver) => ({
      async apply(command) {
        const reply = await driver.apply(command)
        if (command.kind !== 'change' || ++calls > 1) return reply
        await meanwhile(bench)
        throw away(true)
      },
    })),
  )
  return bench
}

it('says that a task was changed when the repetition finds it so', async () => {
  const bench = lossyBench(async () => undefined)
  const queue = bench.broker.queue('q')
  const task = await queue.enqueue(1, { delayMs: 1_000 })
  const promoted = task.promote()
  await bench.clock.advance(5_000)
  expect(await promoted).toBe('changed')
  expect(await task.status()).toEqual({ state: 'waiting' })
})

it('does not say that it came too late when the task began after a first try that may have been in time', async () => {
  const bench = lossyBench(({ broker }) => broker.queue('q').task('own').cancel())
  const queue = bench.broker.queue('q')
  const task = await queue.enqueue(1, { id: 'own' })
  const updated = task.update(2).catch((thrown: unknown) => thrown)
  await bench.clock.advance(5_000)
  expect(await updated).toMatchObject({ code: 'unavailable' })
})
