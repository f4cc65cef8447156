// An ordered group, whatever the schema of its messages does.
import { createTestBroker } from '@mq/core/testing'
import { createBroker, defineChannel, silentLogger } from '@mq/core'
import type { Message } from '@mq/core'
import { memoryAdapter } from '@mq/memory-adapter'
import { expect, it } from 'vitest'

const key = ({ payload }: Message<string>): string => payload

it('a schema that never answers keeps its message from nobody else for longer than a while, and costs no turns', async () => {
  const validate = (value: unknown): unknown => (value === 'never' ? new Promise(() => undefined) : { value })
  const message = { '~standard': { version: 1, vendor: 'test', validate } } as never
  const adapter = memoryAdapter()
  const broker = createTestBroker(adapter)
  // With a definition of its own, as another program has.
  const publisher = createBroker(adapter, { clock: broker.clock, logger: silentLogger })
  const channel = broker.channel(defineChannel<string>({ name: 'c', message, history: { maxCount: 100 } }))
  const done: string[] = []
  let asked = 0
  const worker = await channel.consume('g', ({ payload }) => void done.push(payload), {
    key: (it) => {
      asked++
      return key(it)
    },
    concurrency: 2,
  })
  await publisher
    .channel(defineChannel({ name: 'c', history: { maxCount: 100 } }))
    .publishAll(['a', 'never', 'b', 'c'].map((each) => ({ message: each })))
  await broker.clock.advance(1_000)
  expect(done).toEqual(['a'])
  await broker.clock.advance(35_000)
  expect(done).toEqual(['a', 'b', 'c'])
  expect(asked).toBeLessThan(20)
  const { abandoned } = await Promise.all([worker.close({ deadlineMs: 1_000 }), broker.clock.advance(2_000)]).then(
    ([report]) => report,
  )
  expect(abandoned.length).toBe(1)
  await publisher.close()
  await broker.close({ deadlineMs: 0 })
})
