import { defineChannel } from '@mq/core'
import type { Frame, Message } from '@mq/core'
import assert from 'node:assert/strict'
import { assertCode } from '../../port-queue.ts'
import type { Scene } from '../../scene.ts'
import type { Test } from '../../topic.ts'
import { wholeNumber } from '../../values.ts'

const numbers = defineChannel({ name: 'numbers', message: wholeNumber })

/** The messages of the channel `numbers`. */
async function frames(scene: Scene): Promise<Frame[]> {
  const heard: Frame[] = []
  const channel = await scene.channel('numbers')
  const rest = { onMalformed: () => undefined, onInterruption: () => undefined }
  await channel.subscribe({ onFrame: (frame) => void heard.push(frame), ...rest })
  return heard
}

async function messages(scene: Scene): Promise<Message<number>[]> {
  const heard: Message<number>[] = []
  await scene.during(
    scene
      .broker()
      .channel(numbers)
      .subscribe((message) => void heard.push(message)),
  )
  return heard
}

export function publishing(test: Test): void {
  test('carries headers beside the message', async (scene) => {
    const heard = await messages(scene)
    const news = scene.broker().channel(numbers)
    const headers = { trace: 'a\nb', ключ: '发布 "\\' }
    await news.publish(1, { headers })
    await news.publish(2)
    await news.publish(3, { headers: {} })
    await scene.eventually(() => heard.length === 3, 'three messages')
    assert.deepEqual(
      heard.map((message) => [message.payload, message.headers, message.channel]),
      [
        [1, headers, 'numbers'],
        [2, {}, 'numbers'],
        [3, {}, 'numbers'],
      ],
    )
  })

  test('sends a message without headers as its JSON, and headers on a line of their own', async (scene) => {
    const heard = await frames(scene)
    const news = scene.broker().channel('numbers')
    await news.publish({ a: 'x\ny' })
    await news.publish({ a: 1 }, { headers: { b: 'c' } })
    await scene.eventually(() => heard.length === 2, 'two frames')
    assert.deepEqual(
      heard.flatMap(({ bodies }) => bodies),
      ['{"a":"x\\ny"}', '{"headers":{"b":"c"}}\n{"a":1}'],
    )
  })

  test('refuses headers that are no texts, or too many, and options that it does not know', async (scene) => {
    const news = scene.broker().channel(numbers)
    const refused = (headers: unknown, message: RegExp): Promise<void> =>
      assert.rejects(news.publish(1, { headers } as never), { code: 'invalid-options', message })
    await refused({ a: 1 }, /headers\.a must be a string/)
    await refused('a', /headers must be an object/)
    await refused(null, /headers must be an object/)
    await refused({ a: 'x'.repeat(8_192) }, /headers must be at most 8 KiB/)
    await assert.rejects(news.publish(1, { header: {} } as never), /publish has no option "header"/)
    await assert.rejects(news.publishAll([{ message: 1, delayMs: 1 } as never]), /no option "delayMs"/)
    assert.equal((await news.publish(1)).n, 1)
  })

  test('publishes all of publishAll in a row, or nothing', async (scene) => {
    const heard = await frames(scene)
    const news = scene.broker().channel(numbers)
    const batch = (first: number, count: number): { message: number }[] =>
      Array.from({ length: count }, (_, i) => ({ message: first + i }))
    assert.deepEqual(await news.publishAll([]), [])
    await assertCode(news.publishAll([{ message: 1 }, { message: 'two' as never }]), 'invalid-message')
    await assertCode(news.publishAll(batch(0, 1_001)), 'batch-too-large')
    const large = { message: 1, headers: { a: 'x'.repeat(8_000) } }
    await assertCode(news.publishAll(Array.from({ length: 600 }, () => large)), 'batch-too-large')
    const singles = [news.publish(0), news.publish(1)]
    const positions = await scene.during(
      Promise.all([news.publishAll(batch(2, 998)), news.publishAll(batch(1_000, 5))]),
    )
    const [first, second] = await Promise.all(singles)
    assert.deepEqual([first?.n, second?.n], [1, 2])
    assert.deepEqual(
      positions.flat().map(({ epoch, n }) => [epoch, n]),
      Array.from({ length: 1_003 }, (_, i) => [first?.epoch, i + 3]),
    )
    await scene.eventually(() => heard.flatMap(({ bodies }) => bodies).length === 1_005, 'all messages')
    // Simultaneous calls share frames, but no call is split over two.
    assert.deepEqual(
      heard.map(({ n, bodies }) => [n, bodies.length]),
      [
        [1, 1_000],
        [1_001, 5],
      ],
    )
    assert.deepEqual(
      heard.flatMap(({ bodies }) => bodies.map(Number)),
      Array.from({ length: 1_005 }, (_, i) => i),
    )
  })
}
