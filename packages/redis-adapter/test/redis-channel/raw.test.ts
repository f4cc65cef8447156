// A channel that programs without mq share: what a broken connection means for it.
import { defineChannel } from '@mq/core'
import type { Gap } from '@mq/core'
import { expect, it } from 'vitest'
import { eventually } from '../lab/eventually.ts'
import { openScene } from '../lab/scene.ts'

it('goes on after its connection broke, and says that something may be missing', async () => {
  await using scene = await openScene()
  const channel = scene.broker().channel(defineChannel<number>({ name: 'news', raw: 'task:pubsub:channel' }))
  const heard: number[] = []
  const gaps: Gap[] = []
  await channel.subscribe(({ payload }) => void heard.push(payload), { onGap: (gap) => void gaps.push(gap) })
  await scene.admin.publish('task:pubsub:channel', '1')
  await eventually(() => heard.length === 1, 'the first')
  expect(gaps).toEqual([])
  scene.proxy.reset()
  await eventually(() => gaps.length === 1, 'a gap')
  expect(gaps).toEqual([{ size: undefined, cause: 'transport' }])
  await scene.admin.publish('task:pubsub:channel', '2')
  await eventually(() => heard.length === 2, 'the second')
  expect(heard).toEqual([1, 2])
})

it('keeps nothing in Redis', async () => {
  await using scene = await openScene()
  const channel = scene.broker().channel(defineChannel<number>({ name: 'news', raw: 'task:pubsub:channel' }))
  await channel.publish(1)
  await channel.obliterate()
  expect((await scene.admin.keys('*')).filter((key) => !key.includes(':registry'))).toEqual([])
})
