// A server whose memory is full takes nothing new, but what was taken goes on: its end is what frees memory.
import { defineChannel } from '@mq/core'
import { expect, it } from 'vitest'
import { eventually } from '../lab/eventually.ts'
import { Lab } from '../lab/lab.ts'

const lab = await Lab.start({ args: ['--maxmemory-policy', 'noeviction'] })

it('a batch of messages that fails on a full server is run alone, one by one', async () => {
  const channel = (await lab.broker()).channel(defineChannel({ name: lab.freshName(), history: { maxCount: 100 } }))
  for (let i = 0; i < 4; i++) await channel.publish(i)
  await lab.redis.call('CONFIG', 'SET', 'maxmemory', '1')
  let [calls, alone] = [0, 0]
  const handle = (payloads: readonly unknown[]): void => {
    calls++
    if (payloads.length > 1) throw new Error('together they fail')
    alone++
  }
  await channel.consumeBatch('g', handle, { from: 'earliest', size: 10, waitMs: 0 })
  await eventually(() => alone >= 4, 'each alone')
  await lab.redis.call('CONFIG', 'SET', 'maxmemory', '0')
  expect([alone, calls]).toEqual([4, 5])
})
