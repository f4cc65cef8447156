import type { Gap } from '@mq/core'
import assert from 'node:assert/strict'
import { losing, LossyPath } from '../../lossy-path.ts'
import type { Test } from '../../topic.ts'

export function gaps(test: Test): void {
  test('subscribes once for all subscribers of a process', async (scene) => {
    const path = new LossyPath(scene.fixture.adapter)
    const news = scene.broker({}, path.adapter).channel('news')
    let heard = 0
    const subscribe = Array.from({ length: 50 }, () => news.subscribe(() => void heard++))
    const subscriptions = await scene.during(Promise.all(subscribe))
    await news.publish('x')
    await scene.eventually(() => heard === 50, 'the message for all')
    assert.equal(path.subscriptions, 1)
    for (const subscription of subscriptions) await scene.during(subscription.close())
    await scene.during(news.subscribe(() => undefined))
    assert.equal(path.subscriptions, 2)
  })

  test('reports lost messages when the next one arrives', async (scene) => {
    const path = new LossyPath(scene.fixture.adapter)
    const news = scene.broker({}, path.adapter).channel('news')
    const heard: unknown[] = []
    const onGap = (gap: Gap): void => void heard.push(gap)
    await scene.during(news.subscribe(({ payload }) => void heard.push(payload), { onGap }))
    path.loses = losing('2', '3')
    for (const n of [1, 2, 3, 4]) await news.publish(n)
    await scene.eventually(() => heard.includes(4), 'two messages and a gap')
    const gaps = heard.slice(1, -1) as Gap[]
    // On a slow machine a marker may arrive between the two losses: then they are reported one by one.
    assert.equal(
      gaps.reduce((sum, { size = 0 }) => sum + size, 0),
      2,
    )
    assert.deepEqual([heard[0], gaps[0]?.cause, heard.at(-1)], [1, 'transport', 4])
  })

  test('reports within five seconds that the last message was lost', async (scene) => {
    const path = new LossyPath(scene.fixture.adapter)
    const news = scene.broker({}, path.adapter).channel('news')
    const heard: unknown[] = []
    const onGap = (gap: Gap): void => void heard.push(gap)
    await scene.during(news.subscribe(({ payload }) => void heard.push(payload), { onGap }))
    path.loses = losing('2')
    await news.publish(1)
    await news.publish(2)
    for (let passed = 0; passed < 5_000 && heard.length < 2; passed += 100) await scene.pass(100)
    assert.deepEqual(heard, [1, { size: 1, cause: 'transport' }])
  })

  test('reports a loss of unknown size when the numbering begins again', async (scene) => {
    const path = new LossyPath(scene.fixture.adapter)
    const news = scene.broker({}, path.adapter).channel('news')
    const heard: unknown[] = []
    const onGap = (gap: Gap): void => void heard.push(gap)
    await scene.during(
      news.subscribe(({ epoch, n, payload }) => void heard.push([epoch === 'new', n, payload]), { onGap }),
    )
    await news.publish(1)
    await news.publish(2)
    await scene.eventually(() => heard.length === 2, 'two messages')
    path.alters = (frame) => ({ ...frame, epoch: 'new', n: frame.n - 2 })
    await news.publish(3)
    await news.publish(4)
    await scene.eventually(() => heard.length === 5, 'two more messages and a gap')
    assert.deepEqual(heard, [
      [false, 1, 1],
      [false, 2, 2],
      { size: undefined, cause: 'transport' },
      [true, 1, 3],
      [true, 2, 4],
    ])
  })

  test('calls no gap what was published before subscribing', async (scene) => {
    const news = scene.broker().channel('news')
    for (let n = 0; n < 5; n++) await news.publish(n)
    const heard: unknown[] = []
    const onGap = (gap: Gap): void => void heard.push(gap)
    const elsewhere = scene.broker().channel('news')
    await scene.during(elsewhere.subscribe(({ payload }) => void heard.push(payload), { onGap }))
    await news.publish(5)
    await scene.eventually(() => heard.length > 0, 'the message')
    assert.deepEqual(heard, [5])
  })
}
