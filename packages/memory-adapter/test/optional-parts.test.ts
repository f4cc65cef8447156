import { testAdapter } from '@mq/conformance'
import type { Adapter } from '@mq/core/adapter'
import { createVirtualClock } from '@mq/core/testing'
import { expect, test } from 'vitest'
import { memoryAdapter } from '../src/index.ts'

/** memoryAdapter without all that the ports call optional, as the suite looks for it. */
function bare(adapter: Adapter): Adapter {
  const without = <T extends object>(part: T, names: readonly string[]): T =>
    new Proxy(part, {
      get(target, name) {
        const member: unknown = names.includes(String(name)) ? undefined : Reflect.get(target, name)
        return typeof member === 'function' ? member.bind(target) : member
      },
    })
  return {
    ...adapter,
    open(environment) {
      const storage = adapter.open(environment)
      return new Proxy(without(storage, ['outcomes', 'report']), {
        get(target, name) {
          if (name === 'queue')
            return (queue: string) =>
              without(storage.queue(queue), ['sample', 'history', 'limits', 'setLimits', 'keys', 'schedules'])
          if (name === 'registry') return without(storage.registry, ['listen'])
          return Reflect.get(target, name)
        },
      })
    },
  }
}

const TITLES: Readonly<Record<string, string>> = {
  'queue port: outcomes': 'the adapter has no outcomes',
  'queue port: the channel of outcomes': 'the adapter has no outcomes',
  'queue: outcomes': 'the adapter has no outcomes',
  'queue port: schedules': 'the adapter has no schedules',
  'queue port: history': 'the adapter has no history',
  'queue port: keys': 'the adapter has no keys and limits',
  'queue port: tasks with keys': 'the adapter has no keys and limits',
  'queue port: limits of keys': 'the adapter has no keys and limits',
  'queue port: limits': 'the adapter has no keys and limits',
  'queue: keys and limits': 'the adapter has no keys and limits',
  'queue: keys and limits, as they are shown': 'the adapter has no keys and limits',
}

test('the suite skips the cases of what an adapter leaves out, and gives the reason', async () => {
  const cases: { readonly topic: string; readonly run: (context: unknown) => Promise<void> }[] = []
  let topic = ''
  testAdapter(
    {
      describe(title, body) {
        topic = title
        body()
      },
      it: (_, run) => cases.push({ topic, run }),
    },
    {
      name: 'a bare adapter',
      create: async () => {
        const clock = createVirtualClock()
        const time = { pass: (ms: number) => clock.advance(ms) }
        return { adapter: bare(memoryAdapter()), clock, time, dispose: async () => {} }
      },
    },
  )
  const reasonsOf = async (title: string): Promise<unknown[]> => {
    const reasons: unknown[] = []
    for (const each of cases.filter((one) => one.topic === title)) {
      let reason: unknown = 'none: it ran'
      await each.run({ skip: (given: unknown) => (reason = given) })
      reasons.push(reason)
    }
    return reasons
  }
  for (const [title, reason] of Object.entries(TITLES)) {
    const reasons = await reasonsOf(title)
    expect([title, reasons.length > 0, new Set(reasons)]).toEqual([title, true, new Set([reason])])
  }
  const registry = await reasonsOf('registry port')
  expect(registry.filter((reason) => reason === 'the adapter has no hints at orders')).toHaveLength(1)
})
