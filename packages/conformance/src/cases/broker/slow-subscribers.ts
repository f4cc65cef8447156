import { defineChannel } from '@mq/core'
import type { BufferOptions, Channel, ChannelSubscription, Message } from '@mq/core'
import assert from 'node:assert/strict'
import type { Scene } from '../../scene.ts'
import type { Test } from '../../topic.ts'
import { gate, wholeNumber } from '../../values.ts'
import type { Gate } from '../../values.ts'

const numbers = defineChannel({ name: 'numbers', message: wholeNumber })

interface Slow {
  readonly news: Channel<number>
  readonly subscription: ChannelSubscription
  /** Payloads, and gaps as texts, in order. */
  readonly told: (number | string)[]
  readonly ends: (string | undefined)[]
  /** Its handler waits at the first message until then. */
  readonly first: Gate
}

/** A subscriber that handles message 0 while those up to `last` arrive. */
async function slowSubscriber(scene: Scene, buffer: number | BufferOptions, last: number): Promise<Slow> {
  const news = scene.broker().channel(numbers)
  const first = gate()
  const told: (number | string)[] = []
  const ends: (string | undefined)[] = []
  const subscription = await scene.during(
    news.subscribe(
      async ({ payload }) => {
        told.push(payload)
        if (payload === 0) await first.promise
      },
      {
        buffer,
        onGap: ({ size, cause }) => void told.push(`${cause} ${size}`),
        onEnd: (error) => void ends.push((error as { code?: string }).code),
      },
    ),
  )
  await scene.during(news.publish(0))
  await scene.eventually(() => told.length === 1, 'a handler that runs')
  await scene.during(news.publishAll(Array.from({ length: last }, (_, i) => ({ message: i + 1 }))))
  await scene.eventually(() => subscription.stats().received === last + 1, 'all messages')
  return { news, subscription, told, ends, first }
}

export function slowSubscribers(test: Test): void {
  test('drops the oldest of those that wait, and reports it in their place', async (scene) => {
    const { told, first, subscription } = await slowSubscriber(scene, { size: 3, whenFull: 'drop-oldest' }, 10)
    assert.deepEqual(told, [0])
    first.open()
    await scene.eventually(() => told.at(-1) === 10, 'the newest message')
    assert.deepEqual(told, [0, 'buffer 7', 8, 9, 10])
    const stats = { received: 11, delivered: 4, dropped: 7, malformed: 0, waiting: 0, lost: 0 }
    assert.deepEqual(subscription.stats(), stats)
  })

  test('drops the newest, and reports it in their place', async (scene) => {
    const slow = await slowSubscriber(scene, { size: 3, whenFull: 'drop-newest' }, 10)
    const { told, first, subscription, news } = slow
    assert.deepEqual(subscription.stats(), {
      received: 11,
      delivered: 1,
      dropped: 7,
      malformed: 0,
      waiting: 3,
      lost: 0,
    })
    first.open()
    await scene.eventually(() => told.length === 5, 'what was kept, and the gap')
    await scene.during(news.publish(11))
    await scene.eventually(() => told.at(-1) === 11, 'the newest message')
    assert.deepEqual(told, [0, 1, 2, 3, 'buffer 7', 11])
    assert.deepEqual([subscription.stats().dropped, slow.ends], [7, []])
  })

  test('ends a subscription that is too slow, though its handler still runs', async (scene) => {
    const slow = await slowSubscriber(scene, { size: 3, whenFull: 'disconnect' }, 4)
    const { told, ends, first, subscription, news } = slow
    await scene.eventually(() => ends.length > 0, 'an end')
    assert.deepEqual([told, ends], [[0, 'buffer 4'], ['too-slow']])
    assert.deepEqual(
      scene.errors.map((error) => (error as { code?: string }).code),
      ['too-slow'],
    )
    const { delivered, dropped, waiting } = subscription.stats()
    assert.deepEqual([delivered, dropped, waiting], [1, 4, 0])
    first.open()
    await scene.during(news.publish(5))
    await scene.pass(30)
    await scene.during(subscription.close())
    assert.deepEqual([told, ends], [[0, 'buffer 4'], ['too-slow']])
  })

  test('ends a loop that is too slow with an error, after what it had in hand', async (scene) => {
    const news = scene.broker().channel(numbers)
    const gaps: unknown[] = []
    const messages = news
      .messages({
        buffer: { size: 2, whenFull: 'disconnect' },
        onGap: (gap) => void gaps.push(gap),
      })
      [Symbol.asyncIterator]()
    const first = messages.next()
    let arrived = 0
    // Asked for last: once it listens, what was asked for before does.
    await scene.during(news.subscribe(() => void arrived++))
    await scene.pass(50)
    for (let n = 0; n < 5; n++) {
      await scene.during(news.publish(n))
      // One by one, also where nodes pass them on to each other.
      await scene.eventually(() => arrived > n, 'the message')
    }
    await scene.eventually(() => gaps.length > 0, 'a gap')
    const heard = [(await scene.during(first)).value?.payload]
    await assert.rejects(async () => {
      for (;;) heard.push((await scene.during(messages.next())).value?.payload)
    }, /messages waited/)
    assert.deepEqual(gaps, [{ size: 5 - heard.length, cause: 'buffer' }])
    assert.deepEqual(heard, [0, 1].slice(0, heard.length))
    assert.deepEqual(await scene.during(messages.next()), { done: true, value: undefined })
  })

  test('keeps a handler that never returns from delaying any other', async (scene) => {
    const news = scene.broker().channel(numbers)
    const stuck = gate()
    const stats: ChannelSubscription[] = []
    for (const whenFull of ['drop-oldest', 'drop-newest', 'disconnect'] as const) {
      stats.push(await scene.during(news.subscribe(() => stuck.promise, { buffer: { size: 10, whenFull } })))
    }
    const heard: number[] = []
    await scene.during(news.subscribe(({ payload }) => void heard.push(payload)))
    await scene.during(news.publish(0))
    await scene.eventually(() => stats.every((each) => each.stats().delivered === 1), 'handlers that run')
    const count = 2_001
    for (let n = 1; n < count; n += 500) {
      await scene.during(news.publishAll(Array.from({ length: 500 }, (_, i) => ({ message: n + i }))))
    }
    await scene.eventually(() => heard.length === count, 'all messages at the one that is quick')
    assert.deepEqual(
      stats.map((subscription) => subscription.stats().delivered),
      [1, 1, 1],
    )
    assert.deepEqual(
      stats.map((subscription) => subscription.stats().dropped),
      [1_990, 1_990, 11],
    )
  })

  test('closes a broker by its deadline, though a handler never returns', async (scene) => {
    const broker = scene.broker()
    let running = false
    await scene.during(
      broker.channel(numbers).subscribe(() => {
        running = true
        return new Promise(() => undefined)
      }),
    )
    await scene.during(broker.channel(numbers).publish(1))
    await scene.eventually(() => running, 'a handler that runs')
    await scene.during(broker.close({ deadlineMs: 100 }))
  })

  test('names the option of a buffer that is not right', async (scene) => {
    const news = scene.broker().channel(numbers)
    const refused = (buffer: unknown, message: RegExp): Promise<void> =>
      assert.rejects(
        news.subscribe(() => undefined, { buffer: buffer as number }),
        { name: 'TypeError', message },
      )
    await refused(0, /buffer must be a whole number from 1/)
    await refused('9', /buffer must be a whole number/)
    await refused({ size: 1.5 }, /buffer\.size must be a whole number/)
    await refused({ size: 5, whenFull: 'wait' }, /buffer\.whenFull must be 'drop-oldest'/)
    await refused({ length: 5 }, /buffer has no option "length"/)
    await refused(null, /buffer takes an object/)
    const wrong = (options: object, message: RegExp): Promise<void> =>
      assert.rejects(
        news.subscribe(() => undefined, options),
        { name: 'TypeError', message },
      )
    await wrong({ onGap: 'no' }, /onGap must be a function/)
    await wrong({ onEnd: {} }, /onEnd must be a function/)
    await wrong({ signal: {} }, /signal must be/)
    await wrong({ onGaps: () => undefined }, /subscribe has no option "onGaps"/)
  })

  test('counts a message that cannot be read, and reports it once', async (scene) => {
    const news = scene.broker().channel(numbers)
    const heard: Message<number>[] = []
    const gaps: unknown[] = []
    const options = { onGap: (gap: unknown): void => void gaps.push(gap) }
    const subscriptions = [
      await scene.during(news.subscribe((message) => void heard.push(message), options)),
      await scene.during(news.subscribe(() => undefined, options)),
    ]
    const bad = ['{"not json', '"no number"', '{"headers":1}\n1', 'no header\n1', '{"headers":{}}\n', '{"__proto__":1}']
    await (await scene.channel('numbers')).publish(bad)
    await scene.during(news.publish(7, { headers: { a: 'b' } }))
    await scene.eventually(() => heard.length === 1, 'the good message')
    assert.deepEqual([heard[0]?.payload, heard[0]?.n, gaps], [7, bad.length + 1, []])
    for (const subscription of subscriptions) {
      const { received, delivered, malformed } = subscription.stats()
      assert.deepEqual([received, delivered, malformed], [bad.length + 1, 1, bad.length])
    }
    assert.deepEqual(
      scene.errors.map((error) => (error as { code?: string }).code),
      bad.map(() => 'invalid-message'),
    )
  })
}
