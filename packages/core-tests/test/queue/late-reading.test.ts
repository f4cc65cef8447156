import { describe, expect, it } from 'vitest'
import { brokerBench, withQueue } from '../broker-bench.ts'

describe('an end that is told while the reading before it is still on its way', () => {
  it.each(['number', 'own id'])('is not forgotten for who awaits the task by its %s', async (name) => {
    const { broker, clock } = brokerBench((inner, time) =>
      withQueue(inner, (driver) => ({
        async read(tasks, options) {
          const readings = await driver.read(tasks, options)
          await new Promise<void>((resolve) => void time.schedule(resolve, 100))
          return readings
        },
      })),
    )
    const queue = broker.queue('q')
    const { id } = await queue.enqueue('value', name === 'own id' ? { id: 'mine' } : {})
    let toldAt = Number.NaN
    const result = queue.task(id).result()
    void result.then(() => (toldAt = clock.now()))
    await clock.advance(10)
    const begin = clock.now()
    queue.process(async (value) => value)
    await clock.advance(5_000)
    expect(await result).toBe('value')
    // A poll would have told it after a second.
    expect(toldAt - begin).toBeLessThanOrEqual(200)
  })
})
