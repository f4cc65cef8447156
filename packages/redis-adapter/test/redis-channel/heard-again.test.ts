// A connection that comes back without its subscriptions looks alive, and hears nothing for ever.
import type { Hint } from '@mq/core'
import { beforeEach, describe, expect, it } from 'vitest'
import { eventually } from '../lab/eventually.ts'
import { Lab } from '../lab/lab.ts'

const lab = await Lab.start()

describe('a subscriber connection that was killed', () => {
  const hints: Hint[] = []
  let topics: string[] = []

  beforeEach(async () => {
    hints.length = 0
    const queue = await lab.queue()
    const subscription = await queue.driver.listen((hint) => void hints.push(hint))
    topics = await subscribedTo()
    await lab.redis.call('CLIENT', 'KILL', 'TYPE', 'pubsub')
    await eventually(() => !subscription.live, 'a subscription that is cut')
    await eventually(() => subscription.live, 'a subscription that is live again')
  })

  async function subscribedTo(): Promise<string[]> {
    return ((await lab.redis.call('PUBSUB', 'CHANNELS')) as string[]).sort()
  }

  it('is subscribed to all it was subscribed to before it counts as live', async () => {
    expect(topics.length).toBeGreaterThan(1)
    expect(await subscribedTo()).toEqual(topics)
  })

  it('reports to its listeners that they may have missed something, once', async () => {
    expect(hints).toEqual([{ kind: 'reconnected' }])
  })
})
