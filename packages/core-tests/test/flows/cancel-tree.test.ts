// Whoever cancels a tree cancels its deepest tasks first: none ends because of a parent that was cancelled before it.
import { expect, it } from 'vitest'
import { brokerBench, withQueue } from '../broker-bench.ts'

it('cancels the deepest first, also where one is a child of the first task as well', async () => {
  const cancelled: string[] = []
  const { broker } = brokerBench((inner) =>
    withQueue(inner, (driver) => ({
      async apply(command) {
        if (command.kind === 'cancel' && 'n' in command.task) cancelled.push(`n${command.task.n}`)
        return driver.apply(command)
      },
    })),
  )
  const queue = broker.queue('q')
  const root = await queue.enqueue('root', { delayMs: 60_000 })
  const first = await queue.enqueue('first', { after: root })
  const second = await queue.enqueue('second', { after: first })
  // Of the root's children it is found first or last; of all it is the last to run.
  const last = await queue.enqueue('last', { after: [root, second] })
  const aside = await queue.enqueue('aside', { after: root, onDead: 'run' })
  expect(await root.cancel({ tree: true })).toBe('cancelled')
  expect(cancelled.slice(0, 2)).toEqual([last.id, second.id])
  expect(new Set(cancelled.slice(2))).toEqual(new Set([first.id, aside.id, root.id]))
  for (const task of [last, second, first, aside]) expect(await task.status()).toMatchObject({ state: 'cancelled' })
})
