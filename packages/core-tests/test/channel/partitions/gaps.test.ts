import type { Gap } from '@mq/core'
import { expect, it } from 'vitest'
import { lab, named } from './lab.ts'

it('a loss in a partition is told with its next message, and in no other', async () => {
  const { clock, open, watch } = lab()
  const [first, other] = [open(), open()]
  const told: (string | Gap)[] = []
  const onGap = (gap: Gap): void => void told.push(gap)
  await first.channel(named(8)).subscribe(({ payload }) => void told.push(`${payload.key}${payload.step}`), { onGap })
  watch.loses = ({ bodies }) => bodies.some((body) => body.includes('"a"') && /"step":[12]/.test(body))
  for (let step = 0; step < 5; step++) {
    for (const key of ['a', 'b', 'c']) await other.channel(named(8)).publish({ key, step }, { key })
  }
  await clock.advance(100)
  expect(told.filter((entry) => typeof entry === 'object')).toEqual([{ size: 2, cause: 'transport' }])
  expect(told.indexOf('a3') - told.findIndex((entry) => typeof entry === 'object')).toBe(1)
  expect(told.length).toBe(14)
  await Promise.all([first.close(), other.close()])
})

it.each([8, 64])('within five seconds that the last message of a partition was lost, of %s', async (partitions) => {
  const { clock, open, watch } = lab()
  const [first, other] = [open(), open()]
  for (let round = 0; round < 10; round++) {
    const gaps: Gap[] = []
    const subscription = await first
      .channel(named(partitions))
      .subscribe(() => undefined, { onGap: (gap) => void gaps.push(gap) })
    // Long enough that nothing is marked any more.
    await clock.advance(200_000 + 700 * round)
    watch.loses = () => true
    await other.channel(named(partitions)).publish({ key: 'a', step: 1 }, { key: `k${round}` })
    await clock.advance(5_000)
    expect(gaps).toEqual([{ size: 1, cause: 'transport' }])
    watch.loses = () => false
    await subscription.close()
  }
  await Promise.all([first.close(), other.close()])
})

it('numbers that begin again are a loss of unknown size', async () => {
  const { clock, open } = lab()
  const broker = open()
  const channel = broker.channel(named(4))
  const told: unknown[] = []
  await channel.subscribe(({ n }) => void told.push(n), { onGap: (gap) => void told.push(gap) })
  for (const step of [1, 2]) await channel.publish({ key: 'a', step }, { key: 'a' })
  await channel.obliterate()
  await channel.publish({ key: 'a', step: 3 }, { key: 'a' })
  await clock.advance(100)
  expect(told).toEqual([1, 2, { size: undefined, cause: 'transport' }, 1])
  await broker.close()
})

it('what a subscriber of a quiet channel asks does not grow with the number of partitions', async () => {
  const asked = async (partitions: number | undefined): Promise<number> => {
    const { clock, open, watch } = lab()
    const [first, other] = [open(), open()]
    await first.channel(named(partitions)).subscribe(() => undefined)
    await other.channel(named(partitions)).publish({ key: 'a', step: 1 })
    await clock.advance(300_000)
    watch.calls.clear()
    await clock.advance(600_000)
    const sum = watch.count('mark', 'claim', 'of')
    await Promise.all([first.close(), other.close()])
    return sum
  }
  const [one, eight, most] = [await asked(undefined), await asked(8), await asked(64)]
  expect([one, eight, most]).toEqual([150, 375, 375])
})
