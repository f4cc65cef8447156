import { defineChannel, definePattern } from '@mq/core'
import assert from 'node:assert/strict'
import { losing, LossyPath } from '../../lossy-path.ts'
import type { Test } from '../../topic.ts'
import { wholeNumber } from '../../values.ts'

const NEEDS = { capability: 'sharded' } as const
const sharded = defineChannel({ name: 'orders.new', message: wholeNumber, sharded: true })

export function shardedChannels(test: Test): void {
  test(
    'gives every message of a sharded channel to every subscriber, in order, with its position',
    async (scene) => {
      const heard: [number, number][][] = [[], []]
      for (const each of heard) {
        const broker = scene.broker()
        await scene.during(broker.ready())
        await scene.during(broker.channel(sharded).subscribe(({ payload, n }) => void each.push([payload, n])))
      }
      const publishing = scene.broker().channel(sharded)
      await scene.during(publishing.publishAll(Array.from({ length: 50 }, (_, i) => ({ message: i }))))
      for (let i = 50; i < 60; i++) await scene.during(publishing.publish(i))
      await scene.eventually(() => heard.every(({ length }) => length === 60), 'all messages for all')
      for (const each of heard) {
        assert.deepEqual(
          each,
          Array.from({ length: 60 }, (_, i) => [i, i + 1]),
        )
      }
    },
    NEEDS,
  )

  test(
    'reports what was lost in a sharded channel, also the last message',
    async (scene) => {
      const path = new LossyPath(scene.fixture.adapter)
      const news = scene.broker({}, path.adapter).channel(sharded)
      const heard: unknown[] = []
      const onGap = (gap: unknown): void => void heard.push(gap)
      await scene.during(news.subscribe(({ payload }) => void heard.push(payload), { onGap }))
      path.loses = losing('2', '4')
      for (const n of [1, 2, 3, 4]) await scene.during(news.publish(n))
      for (let passed = 0; passed < 5_000 && heard.length < 4; passed += 100) await scene.pass(100)
      const gap = { size: 1, cause: 'transport' }
      assert.deepEqual(heard, [1, gap, 3, gap])
    },
    NEEDS,
  )

  test(
    'reports losses to a subscriber of a sharded channel that takes it for a plain one',
    async (scene) => {
      const gaps: unknown[] = []
      const plain = scene.broker().channel('orders.new')
      await scene.during(plain.subscribe(() => undefined, { onGap: ({ size }) => void gaps.push(size) }))
      await scene.during(scene.broker().channel(sharded).publish(1))
      for (let passed = 0; passed < 5_000 && gaps.length === 0; passed += 100) await scene.pass(100)
      assert.deepEqual(gaps, [1])
    },
    NEEDS,
  )

  test(
    'shows a sharded channel to no pattern, and says so where one asks for it',
    async (scene) => {
      if (scene.fixture.adapter.capabilities.patterns) {
        const heard: unknown[] = []
        await scene.during(
          scene
            .broker()
            .pattern('orders.*')
            .subscribe(({ channel }) => void heard.push(channel)),
        )
        const broker = scene.broker()
        await scene.during(broker.channel(sharded).publish(1))
        await scene.during(broker.channel('orders.old').publish(1))
        await scene.eventually(() => heard.length > 0, 'the message of the plain channel')
        await scene.pass(30)
        assert.deepEqual(heard, ['orders.old'])
      }
      // @ts-expect-error a pattern of sharded channels
      assert.throws(() => definePattern({ pattern: 'orders.*', sharded: true }), /do not match sharded channels/)
      // @ts-expect-error a sharded channel is no pattern
      assert.throws(() => scene.broker().pattern(sharded), { name: 'TypeError' })
    },
    NEEDS,
  )

  test('refuses a sharded channel that is not right, or that the adapter does not have', async (scene) => {
    assert.throws(() => defineChannel({ name: 'a', sharded: 'yes' as never }), /sharded must be true or false/)
    const kept = { name: 'a', sharded: true, history: { maxCount: 1 } }
    assert.throws(() => defineChannel(kept), /a channel with history cannot be sharded/)
    const { adapter } = scene.fixture
    const capabilities = { ...adapter.capabilities, sharded: false, patterns: false }
    const broker = scene.broker({}, { ...adapter, capabilities })
    assert.throws(() => broker.channel(sharded), { code: 'unsupported' })
    assert.throws(() => broker.pattern('a.*'), { code: 'unsupported' })
  })
}
