import { defineChannel, definePattern, defineQueue } from '@mq/core'
import { describe, expect, it } from 'vitest'
import { away, brokerBench } from './broker-bench.ts'

describe('a broker', () => {
  it('has one handle of a queue, channel or pattern, however often its definition is made', () => {
    const { broker } = brokerBench()
    const handles = Array.from({ length: 100 }, () => [
      broker.queue(defineQueue({ name: 'q', attempts: 2 })),
      broker.channel(defineChannel({ name: 'c', history: { maxCount: 2 } })),
      broker.pattern(definePattern({ pattern: 'c.*' })),
      broker.queue('untyped'),
      broker.channel('untyped'),
      broker.pattern('untyped.*'),
    ])
    expect(new Set(handles.flat()).size).toBe(6)
  })

  it('asks again for a report on the storage while that cannot be reached', async () => {
    let asked = 0
    const { broker, clock } = brokerBench((inner) => ({
      ...inner,
      open: (environment) => ({
        ...inner.open(environment),
        async report() {
          if (++asked < 3) throw away(true)
          return { kind: 'test', facts: [], findings: [] }
        },
      }),
    }))
    const report = broker.storage()
    await clock.advance(5_000)
    expect([await report, asked]).toEqual([{ kind: 'test', facts: [], findings: [] }, 3])
  })
})
