// Who gives up subscribing is kept by nothing, however long others wait for the same.
import type { Subscription } from '@mq/core'
import { queryObjects } from 'node:v8'
import { describe, expect, it } from 'vitest'
import { away, brokerBench, withChannel } from '../broker-bench.ts'

const nothing = (): void => undefined

it('subscribing during an outage keeps nobody who gave up, though another one still waits for its end', async () => {
  class Handler {
    readonly call = (): void => void this
  }
  const { broker, clock } = brokerBench((inner) => withChannel(inner, { mark: async () => Promise.reject(away(true)) }))
  const channel = broker.channel('c')
  const patient = channel.subscribe(nothing).catch(nothing)
  for (let i = 0; i < 50; i++) {
    const gone = new AbortController()
    const subscribing = channel.subscribe(new Handler().call, { signal: gone.signal })
    await new Promise((resolve) => setImmediate(resolve))
    gone.abort()
    await subscribing.catch(nothing)
  }
  expect(queryObjects(Handler)).toBeLessThan(5)
  await Promise.all([broker.close({ deadlineMs: 0 }), patient, clock.advance(10_000)])
})

describe('who gave up', () => {
  it('subscribing while nothing comes over the path is not kept until something does', async () => {
    class Handler {
      readonly call = (): void => void this
    }
    const { broker } = brokerBench((inner) =>
      withChannel(inner, {
        subscribe: async (): Promise<Subscription> => ({ live: true, close: async () => undefined }),
      }),
    )
    for (let i = 0; i < 50; i++) {
      const gone = new AbortController()
      const subscribing = broker.channel('c').subscribe(new Handler().call, { signal: gone.signal })
      await new Promise((resolve) => setImmediate(resolve))
      gone.abort()
      await subscribing.catch(nothing)
    }
    expect(queryObjects(Handler)).toBeLessThan(5)
  })
})
