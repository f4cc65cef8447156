import { defineChannel } from '@mq/core'
import type { Message } from '@mq/core'
import assert from 'node:assert/strict'
import { assertCode } from '../../port-queue.ts'
import type { Test } from '../../topic.ts'
import { dateFromText, gate, wholeNumber } from '../../values.ts'

const numbers = defineChannel({ name: 'numbers', message: wholeNumber })

export function channels(test: Test): void {
  test('gives every message to every subscriber, in order, with its position', async (scene) => {
    const [here, there] = [scene.broker(), scene.broker()]
    const heard: Message<number>[][] = [[], [], []]
    await scene.during(here.channel(numbers).subscribe((message) => void heard[0]!.push(message)))
    await scene.during(here.channel(numbers).subscribe((message) => void heard[1]!.push(message)))
    await scene.during(there.channel(numbers).subscribe((message) => void heard[2]!.push(message)))
    const positions = await Promise.all(Array.from({ length: 200 }, (_, n) => here.channel(numbers).publish(n)))
    assert.deepEqual(
      positions.map(({ n }) => n),
      Array.from({ length: 200 }, (_, i) => i + 1),
    )
    await scene.eventually(() => heard.every((messages) => messages.length === 200), 'all messages for all')
    for (const messages of heard) {
      assert.deepEqual(
        messages.map(({ payload }) => payload),
        [...Array(200).keys()],
      )
      assert.deepEqual(
        messages.map(({ epoch, n }) => ({ epoch, n })),
        positions.map(({ epoch, n }) => ({ epoch, n })),
      )
    }
  })

  test('parses a message on its way out, and refuses one that does not fit', async (scene) => {
    const days = scene.broker().channel(defineChannel({ name: 'days', message: dateFromText }))
    const heard: Date[] = []
    await scene.during(days.subscribe(({ payload }) => void heard.push(payload)))
    await assertCode(days.publish('no day'), 'invalid-message')
    await assertCode(days.publish(10n as never), 'invalid-message')
    await assertCode(days.publish('x'.repeat(1_048_577)), 'payload-too-large')
    assert.equal((await days.publish('2024-02-29')).n, 1)
    await scene.eventually(() => heard.length > 0, 'the message')
    assert.deepEqual(heard, [new Date('2024-02-29')])
  })

  test('awaits an async handler before the next message', async (scene) => {
    const news = scene.broker().channel(numbers)
    let running = 0
    const heard: number[] = []
    await scene.during(
      news.subscribe(async ({ payload }) => {
        assert.equal(++running, 1)
        await new Promise(setImmediate)
        heard.push(payload)
        running--
      }),
    )
    for (let n = 0; n < 20; n++) await news.publish(n)
    await scene.eventually(() => heard.length === 20, 'twenty messages')
    assert.deepEqual(heard, [...Array(20).keys()])
    assert.deepEqual(scene.errors, [])
  })

  test('goes on after a handler that throws, and after a message that nobody can read', async (scene) => {
    const news = scene.broker().channel(numbers)
    const heard: number[] = []
    await scene.during(
      news.subscribe(async ({ payload }) => {
        if (payload === 1) throw new Error('I do not like 1')
        heard.push(payload)
      }),
    )
    await news.publish(1)
    await (await scene.channel('numbers')).publish(['{"not json', '"not a number"'])
    await news.publish(2)
    await scene.eventually(() => heard.length > 0, 'the good message')
    assert.deepEqual(heard, [2])
    assert.deepEqual(
      scene.errors.map((error) => (error as { code?: string }).code ?? error.message),
      ['I do not like 1', 'invalid-message', 'invalid-message'],
    )
  })

  test('reports to a slow subscriber what it missed, and not to the others', async (scene) => {
    const news = scene.broker().channel(numbers)
    const first = gate()
    const slow: (number | string)[] = []
    const fast: number[] = []
    await scene.during(
      news.subscribe(
        async ({ payload }) => {
          slow.push(payload)
          await first.promise
        },
        { buffer: 5, onGap: ({ size, cause }) => void slow.push(`${cause} ${size}`) },
      ),
    )
    await scene.during(news.subscribe(({ payload }) => void fast.push(payload)))
    await news.publish(0)
    await scene.eventually(() => slow.length === 1, 'a handler that runs')
    await Promise.all(Array.from({ length: 49 }, (_, n) => news.publish(n + 1)))
    await scene.eventually(() => fast.length === 50, 'all messages for the fast one')
    first.open()
    await scene.eventually(() => slow.at(-1) === 49, 'the newest message')
    const gaps = slow.filter((entry) => typeof entry === 'string')
    const lost = gaps.reduce((sum, gap) => sum + Number(gap.replace('buffer ', '')), 0)
    assert.ok(lost > 0, 'something was lost')
    assert.equal(lost + (slow.length - gaps.length), 50)
    assert.deepEqual(slow.slice(-5), [45, 46, 47, 48, 49])
    assert.equal(slow[0], 0)
  })

  test('delivers nothing after a subscription was closed, once its handler has ended', async (scene) => {
    const news = scene.broker().channel(numbers)
    const [heard, others]: number[][] = [[], []]
    const end = gate()
    const subscription = await scene.during(
      news.subscribe(async ({ payload }) => {
        await end.promise
        heard!.push(payload)
      }),
    )
    await scene.during(news.subscribe(({ payload }) => void others!.push(payload)))
    await news.publish(1)
    await news.publish(2)
    await scene.eventually(() => others!.length === 2, 'two messages')
    const closed = subscription.close()
    end.open()
    await scene.during(closed)
    assert.deepEqual(heard, [1])
    await news.publish(3)
    await scene.eventually(() => others!.length === 3, 'three messages')
    assert.deepEqual(heard, [1])
    await subscription.close()
    await subscription[Symbol.asyncDispose]()
  })

  test('begins again after the last subscriber left', async (scene) => {
    const news = scene.broker().channel(numbers)
    const gaps: unknown[] = []
    for (let round = 1; round <= 3; round++) {
      const heard: number[] = []
      const handler = ({ payload }: Message<number>): void => void heard.push(payload)
      const subscription = await scene.during(news.subscribe(handler, { onGap: (gap) => gaps.push(gap) }))
      await news.publish(round)
      await scene.eventually(() => heard.length > 0, 'the message')
      assert.deepEqual(heard, [round])
      await scene.during(subscription.close())
      await news.publish(0)
      // The nodes of a cluster pass it on to each other a little later.
      await scene.pass(100)
    }
    assert.deepEqual(gaps, [])
  })

  test('ends a subscription at a signal', async (scene) => {
    const news = scene.broker().channel(numbers)
    const controller = new AbortController()
    const heard: number[] = []
    await scene.during(news.subscribe(({ payload }) => void heard.push(payload), { signal: controller.signal }))
    await news.publish(1)
    await scene.eventually(() => heard.length > 0, 'the message')
    controller.abort()
    await scene.pass(30)
    await news.publish(2)
    await scene.pass(30)
    assert.deepEqual(heard, [1])
    const reason = new Error('enough')
    await assert.rejects(
      news.subscribe(() => undefined, { signal: AbortSignal.abort(reason) }),
      reason,
    )
  })

  test('is an iterable too, which ends by leaving it or at a signal', async (scene) => {
    const news = scene.broker().channel(numbers)
    const controller = new AbortController()
    const left: number[] = []
    const all: number[] = []
    const leaving = async (): Promise<void> => {
      for await (const { payload } of news.messages()) if (left.push(payload) === 3) break
    }
    const staying = async (): Promise<void> => {
      for await (const { payload } of news.messages({ signal: controller.signal })) all.push(payload)
    }
    const loops = Promise.allSettled([leaving(), staying()])
    // Asked for last: once it listens, what was asked for before does.
    await scene.during(news.subscribe(() => undefined))
    await scene.pass(50)
    for (let n = 0; n < 10; n++) await news.publish(n)
    await scene.eventually(() => all.length === 10, 'ten messages')
    controller.abort()
    const ends = await scene.during(loops)
    assert.deepEqual(ends, Array(2).fill({ status: 'fulfilled', value: undefined }))
    assert.deepEqual([left, all], [[0, 1, 2], [...Array(10).keys()]])
  })

  test('names what to declare when a channel keeps no messages', async (scene) => {
    const news = scene.broker().channel(numbers)
    await assert.rejects(
      news.consume('audit', () => undefined),
      /history/,
    )
  })

  test('says so when the adapter has no consumer groups', async (scene) => {
    const kept = scene.broker().channel(defineChannel({ name: 'kept', history: { maxCount: 10 } }))
    if (scene.fixture.adapter.capabilities.groups)
      await scene.during((await kept.consume('audit', () => undefined)).close())
    else
      await assertCode(
        kept.consume('audit', () => undefined),
        'unsupported',
      )
  })
}
