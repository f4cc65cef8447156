import type { Message } from '@mq/core'
import { expect, it } from 'vitest'
import { eventually } from '../lab/eventually.ts'
import { Lab } from '../lab/lab.ts'

const lab = await Lab.start()
const { redis } = lab
const COUNT = 10_000

async function calls(command: string): Promise<number> {
  const stats = await redis.info('commandstats')
  return Number(new RegExp(`cmdstat_${command}:calls=(\\d+)`).exec(stats)?.[1] ?? 0)
}

async function connections(): Promise<number> {
  return Number(/connected_clients:(\d+)/.exec(await redis.info('clients'))?.[1])
}

it('ten thousand subscribers of a process share one connection, and one subscription to their channel', async () => {
  const name = lab.freshName()
  const publisher = (await lab.broker()).channel(name)
  await redis.call('CONFIG', 'RESETSTAT')
  const before = await connections()
  const broker = await lab.broker()
  let heard = 0
  const sums = new Uint32Array(COUNT)
  const subscriptions = await Promise.all(
    Array.from({ length: COUNT }, (_, i) =>
      broker.channel(name).subscribe(({ n }: Message<unknown>) => {
        sums[i]! += n
        heard++
      }),
    ),
  )
  // Commands, and messages.
  expect((await connections()) - before).toBe(2)
  // The channel's topic, and the participant's own.
  expect(await calls('subscribe')).toBe(2)
  // Asking from where on a loss is one.
  expect(await calls('evalsha')).toBeLessThan(5)
  for (let n = 1; n <= 10; n++) await publisher.publish(n)
  await eventually(() => heard === 10 * COUNT, 'ten messages for each')
  expect(sums.every((sum) => sum === 55)).toBe(true)
  expect(subscriptions.every((subscription) => subscription.stats().delivered === 10)).toBe(true)
  expect(lab.errors).toEqual([])
})

it('so do those of a thousand channels and of a pattern', async () => {
  const before = await connections()
  const broker = await lab.broker()
  const names = Array.from({ length: 1_000 }, (_, i) => `many.${i}`)
  let heard = 0
  const onMessage = (): void => void heard++
  await Promise.all(names.flatMap((name) => Array.from({ length: 9 }, () => broker.channel(name).subscribe(onMessage))))
  await Promise.all(Array.from({ length: 1_000 }, () => broker.pattern('many.*').subscribe(onMessage)))
  expect((await connections()) - before).toBe(2)
  const topics = await redis.pubsub('CHANNELS', 'mq:{many.*')
  expect([topics.length, await calls('psubscribe')]).toEqual([1_000, 1])
  await Promise.all(names.map((name) => broker.channel(name).publish('x')))
  await eventually(() => heard === 1_000 * (9 + 1_000), 'a message for each')
})
