import { partitionedAdapter } from '@mq/core/testing'
import assert from 'node:assert/strict'
import { CHANNELS_SPREAD, CHANNELS_TOGETHER } from './channel-exceptions.ts'
import { SPREAD, TOGETHER } from './partition-exceptions.ts'
import type { ConformanceOptions, It, Runner } from './runner.ts'
import { testAdapter } from './test-adapter.ts'

export interface PartitionsOptions extends ConformanceOptions {
  /** How many each queue has, 2–64. Default 3. */
  readonly partitions?: number | undefined
  /**
   * The tasks of a producer in one partition, which has the whole of what is shared out: most of what is said of queues
   * holds then. Default: spread, as for programs.
   */
  readonly together?: boolean | undefined
}

/**
 * Tests that definitions with `partitions` work on an adapter: the whole suite on queues that have some. Cases that do
 * not hold over partitions are skipped, and the reason is part of the title.
 */
export function testPartitions({ describe, it }: Runner, options: PartitionsOptions): void {
  const { partitions = 3, together = false } = options
  const reasons = new Map<string, string>()
  const topics = new Map<string, string>()
  for (const { why, topic, titles } of together ? TOGETHER : SPREAD) {
    for (const title of titles) reasons.set(`${topic} > ${title}`, why)
  }
  for (const { why, topic, titles } of together ? CHANNELS_TOGETHER : CHANNELS_SPREAD) {
    if (titles === undefined) topics.set(topic, why)
    else for (const title of titles) reasons.set(`${topic} > ${title}`, why)
  }
  const skip = it.skip ?? ((title: string) => it(title, async () => undefined))
  let topic = ''
  const itUnless = (title: string, body: (context: unknown) => Promise<void>): unknown => {
    const name = `${topic} > ${title}`
    const why = topics.get(topic) ?? reasons.get(name)
    reasons.delete(name)
    return why === undefined ? it(title, body) : skip(`${title} (skipped: ${why})`, async () => undefined)
  }
  testAdapter(
    {
      describe: (title, body) =>
        describe(title, () => {
          topic = title
          body()
        }),
      it: Object.assign(itUnless, { skip }) as It,
    },
    {
      ...options,
      name: `${options.name} with partitions${together ? ', a producer in one,' : ''}`,
      async create() {
        const fixture = await options.create()
        return { ...fixture, adapter: partitionedAdapter(fixture.adapter, { partitions, together }) }
      },
    },
  )
  it('each case that does not hold over partitions is one of the suite', async () => {
    assert.deepEqual([...reasons.keys()], [])
  })
}
