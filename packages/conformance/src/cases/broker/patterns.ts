import { defineChannel, definePattern } from '@mq/core'
import type { ChannelGap } from '@mq/core'
import assert from 'node:assert/strict'
import { losing, LossyPath } from '../../lossy-path.ts'
import { assertCode } from '../../port-queue.ts'
import type { Test } from '../../topic.ts'
import { gate, wholeNumber } from '../../values.ts'

const NEEDS = { capability: 'patterns' } as const
const NAMES = [
  'orders',
  'orders.new',
  'orders.new.eu',
  'orders-x.new',
  'order.new',
  'xorders.new',
  'ordersXnew',
] as const

export function patterns(test: Test): void {
  test(
    'gives a pattern the channels whose names fit, and says which: * is one word, > the rest',
    async (scene) => {
      const heard: Record<string, string[]> = { 'orders.*': [], 'orders.>': [], '*.new': [], '*.*.eu': [], '>': [] }
      const listening = scene.broker()
      for (const [pattern, channels] of Object.entries(heard)) {
        await scene.during(listening.pattern(pattern).subscribe(({ channel }) => void channels.push(channel)))
      }
      const publishing = scene.broker()
      for (const [i, name] of NAMES.entries()) {
        await scene.during(publishing.channel(name).publish(1))
        // One by one: no order holds between channels, which may be on several nodes.
        await scene.eventually(() => heard['>']!.length > i, 'the message')
      }
      await scene.pass(30)
      assert.deepEqual(heard, {
        'orders.*': ['orders.new'],
        'orders.>': ['orders.new', 'orders.new.eu'],
        '*.new': ['orders.new', 'orders-x.new', 'order.new', 'xorders.new'],
        '*.*.eu': ['orders.new.eu'],
        '>': [...NAMES],
      })
    },
    NEEDS,
  )

  test(
    'parses the messages of a pattern, with headers and positions, as an iterable too',
    async (scene) => {
      const orders = definePattern({ pattern: 'orders.*', message: wholeNumber })
      const controller = new AbortController()
      const heard: unknown[] = []
      const feed = scene.broker().pattern(orders)
      const loop = (async () => {
        for await (const { channel, payload, headers, n } of feed.messages({ signal: controller.signal })) {
          heard.push([channel, payload, headers, n])
        }
      })()
      // Asked for last: once it listens, what was asked for before does.
      await scene.during(feed.subscribe(() => undefined))
      await scene.pass(50)
      const broker = scene.broker()
      await scene.during(broker.channel('orders.a').publish(1, { headers: { b: 'c' } }))
      await scene.during(broker.channel('orders.a').publish('no number'))
      await scene.eventually(() => heard.length === 1, 'a message')
      await scene.during(broker.channel('orders.b').publish(2))
      await scene.eventually(() => heard.length === 2, 'two messages')
      assert.deepEqual(heard, [
        ['orders.a', 1, { b: 'c' }, 1],
        ['orders.b', 2, {}, 1],
      ])
      await assertCode(Promise.reject(scene.errors[0]), 'invalid-message')
      controller.abort()
      await scene.during(loop)
    },
    NEEDS,
  )

  test(
    'reports what was lost in a channel of a pattern, when the next message arrives or within five seconds',
    async (scene) => {
      const path = new LossyPath(scene.fixture.adapter)
      const broker = scene.broker({}, path.adapter)
      const heard: unknown[] = []
      const onGap = (gap: ChannelGap): void => void heard.push(gap)
      for (let i = 0; i < 3; i++) {
        const handler = ({ channel, payload }: { channel: string; payload: unknown }): void =>
          void (i === 0 && heard.push(`${channel} ${String(payload)}`))
        await scene.during(broker.pattern('a.*').subscribe(handler, i === 0 ? { onGap } : {}))
      }
      assert.equal(path.subscriptions, 1)
      path.loses = losing('2', '3', '"last"')
      // How many there are then: two are lost, and a gap comes with what follows them.
      for (const [i, [ofB, ofC]] of [
        [1, 2],
        [2, 3],
        [3, 4],
        [6, 7],
      ].entries()) {
        await scene.during(broker.channel('a.b').publish(i + 1))
        await scene.eventually(() => heard.length === ofB, 'what comes of the one')
        await scene.during(broker.channel('a.c').publish(`c${i + 1}`))
        await scene.eventually(() => heard.length === ofC, 'the other one')
      }
      const gap = { channel: 'a.b', size: 2, cause: 'transport' }
      assert.deepEqual(heard, ['a.b 1', 'a.c c1', 'a.c c2', 'a.c c3', gap, 'a.b 4', 'a.c c4'])
      await scene.during(broker.channel('a.b').publish('last'))
      await scene.during(broker.channel('a.d').publish('last'))
      for (let passed = 0; passed < 5_000 && heard.length < 8; passed += 100) await scene.pass(100)
      // No message of a.d arrived before.
      assert.deepEqual(heard.slice(7), [{ channel: 'a.b', size: 1, cause: 'transport' }])
    },
    NEEDS,
  )

  test(
    'reports to a slow subscriber of a pattern what it missed in which channel',
    async (scene) => {
      const broker = scene.broker()
      const first = gate()
      const heard: unknown[] = []
      const subscription = await scene.during(
        broker.pattern('a.*').subscribe(
          async ({ channel, payload }) => {
            heard.push(`${channel} ${String(payload)}`)
            await first.promise
          },
          { buffer: 2, onGap: ({ channel, size, cause }) => void heard.push(`${cause} ${channel} ${size}`) },
        ),
      )
      await scene.during(broker.channel('a.a').publish(0))
      await scene.eventually(() => heard.length === 1, 'a handler that runs')
      for (const n of [1, 2, 3]) {
        for (const name of ['a.a', 'a.b']) await scene.during(broker.channel(name).publish(n))
      }
      await scene.eventually(() => subscription.stats().received === 7, 'all messages')
      first.open()
      await scene.eventually(() => heard.length === 5, 'two messages and two gaps')
      assert.deepEqual(heard, ['a.a 0', 'buffer a.a 2', 'buffer a.b 2', 'a.a 3', 'a.b 3'])
      await scene.during(subscription.close())
      await scene.during(broker.channel('a.a').publish(4))
      await scene.pass(30)
      assert.equal(heard.length, 5)
    },
    NEEDS,
  )

  test(
    'ends the subscriptions of a pattern with the broker',
    async (scene) => {
      const broker = scene.broker()
      const ends: unknown[] = []
      const onEnd = (error: Error): void => void ends.push((error as { code?: string }).code)
      const pattern = broker.pattern('a.*')
      await scene.during(pattern.subscribe(() => undefined, { onEnd }))
      await scene.during(broker.close())
      assert.deepEqual(ends, ['closed'])
      await assertCode(
        pattern.subscribe(() => undefined),
        'closed',
      )
    },
    NEEDS,
  )

  test('refuses what is no pattern, and names the option', async (scene) => {
    for (const pattern of [
      '',
      'a.>.b',
      'a*',
      'a.**',
      'a..*',
      '.*',
      'a.>b',
      '>.a',
      'a.* ',
      'x'.repeat(127) + '.*',
      7,
      null,
    ]) {
      assert.throws(() => definePattern({ pattern: pattern as string }), {
        name: 'TypeError',
        message: /^pattern must/,
      })
    }
    assert.throws(() => definePattern({ pattern: 'orders' }), /pattern orders has no \* and no >/)
    assert.throws(() => definePattern({ pattern: 'a.*', schema: wholeNumber } as never), /no option "schema"/)
    // @ts-expect-error a channel is no pattern
    assert.throws(() => scene.broker().pattern(defineChannel({ name: 'a' })), /broker\.pattern takes a pattern/)
  })
}
