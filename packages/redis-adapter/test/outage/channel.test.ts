import { MqError } from '@mq/core'
import type { Channel, Gap, Message } from '@mq/core'
import { describe, expect, it } from 'vitest'
import { ownTime } from '../lab/own-time.ts'
import { openScene } from '../lab/scene.ts'
import { lasting, until } from '../lab/until.ts'

/** What a subscriber was told, in the order in which it was told. */
class Ear {
  readonly received: number[] = []
  readonly gaps: Gap[] = []
  /** The position up to which everything is accounted for. */
  n = 0
  lastGapAt = 0
  readonly faults: string[] = []

  readonly onMessage = ({ payload, n }: Message<number>): void => {
    if (n !== this.n + 1) this.faults.push(`${n} came after ${this.n}`)
    this.n = n
    this.received.push(payload)
  }

  readonly onGap = (gap: Gap): void => {
    this.gaps.push(gap)
    this.lastGapAt = ownTime()
    if (gap.cause !== 'transport' || gap.size === undefined || gap.size < 1)
      this.faults.push(`gap ${JSON.stringify(gap)}`)
    this.n += gap.size ?? 0
  }

  get lost(): number {
    return this.gaps.reduce((sum, { size }) => sum + (size ?? 0), 0)
  }
}

/** Publishes the numbers from `first` on, one after the other; the publishing side is not disturbed. */
async function publishAll(
  channel: Channel<number>,
  first: number,
  count: number,
  pauseMs: () => number,
): Promise<void> {
  for (let i = first; i < first + count; i++) {
    await channel.publish(i)
    const wait = pauseMs()
    if (wait > 0) await lasting(wait)
  }
}

describe.concurrent('an ephemeral subscriber', () => {
  it('is told within 5 s of the loss of the last message', async () => {
    await using scene = await openScene()
    const channel = scene.broker().channel('news') as Channel<number>
    const subscribing = scene.broker().channel('news') as Channel<number>
    const took: number[] = []
    const ear = new Ear()
    await subscribing.subscribe(ear.onMessage, { onGap: ear.onGap })
    for (let i = 1; i <= 5; i++) {
      await scene.admin.call('CLIENT', 'KILL', 'TYPE', 'pubsub')
      await channel.publish(i)
      const begun = ownTime()
      await until('the last message or its loss', 8_000, () => ear.n === i)
      took.push(Math.round(ownTime() - begun))
    }
    console.log(`the last message's loss was told after ${took.join(', ')} ms (lost ${ear.lost} of 5)`)
    expect(ear.faults).toEqual([])
    expect(ear.received.length + ear.lost).toBe(5)
    expect(ear.lost).toBeGreaterThan(0)
    expect(Math.max(...took)).toBeLessThan(5_000)
  })

  it('is told of what it missed when its connection was half-open', async () => {
    await using scene = await openScene()
    const channel = scene.broker().channel('news') as Channel<number>
    const subscribing = scene.broker().channel('news') as Channel<number>
    const ear = new Ear()
    await subscribing.subscribe(ear.onMessage, { onGap: ear.onGap })
    await publishAll(channel, 1, 10, () => 0)
    await until('ten messages', 5_000, () => ear.n === 10)
    for (const link of scene.proxy.links('subscriber')) link.weather = { holdReplies: true }
    await publishAll(channel, 11, 90, () => 0)
    const begun = ownTime()
    await until('the loss of 90 messages', 20_000, () => ear.n === 100)
    const tookMs = Math.round(ownTime() - begun)
    console.log(`half-open: told of ${ear.lost} lost after ${tookMs} ms`)
    expect(tookMs).toBeLessThan(5_000)
    await publishAll(channel, 101, 10, () => 0)
    await until('the next ten messages', 5_000, () => ear.n === 110)
    expect(ear.faults).toEqual([])
    expect(ear.lost).toBe(90)
    expect(ear.received).toHaveLength(20)
  })

  it('is told when the numbering was lost with the server', async () => {
    await using scene = await openScene()
    const subscribing = scene.broker().channel('news') as Channel<number>
    const channel = scene.broker().channel('news') as Channel<number>
    const ear = new Ear()
    await subscribing.subscribe(ear.onMessage, { onGap: ear.onGap })
    await publishAll(channel, 1, 10, () => 0)
    await until('ten messages', 5_000, () => ear.n === 10)
    await scene.server.kill()
    await scene.server.restart()
    await until('a message to be taken again', 15_000, () =>
      channel.publish(11).then(
        () => true,
        (error: unknown) => {
          if (!MqError.is(error, 'unavailable')) throw error
          return false
        },
      ),
    )
    await until('the gap', 8_000, () => ear.gaps.length > 0)
    expect(ear.gaps[0]).toEqual({ size: undefined, cause: 'transport' })
    expect(ear.gaps.slice(1).filter((gap) => gap.size === undefined)).toEqual([])
  })
})
