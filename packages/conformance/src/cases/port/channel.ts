import type { ChannelDriver, Frame, Subscription } from '@mq/core'
import assert from 'node:assert/strict'
import type { Test } from '../../topic.ts'

/** What one subscription got. */
class Ear {
  readonly frames: Frame[] = []
  interruptions = 0

  subscribe(channel: ChannelDriver): Promise<Subscription> {
    return channel.subscribe({
      onFrame: (frame) => this.frames.push(frame),
      onMalformed: (error) => assert.fail(error),
      onInterruption: () => this.interruptions++,
    })
  }

  get bodies(): string[] {
    return this.frames.flatMap((frame) => [...frame.bodies])
  }

  /** The numbers of the messages. */
  get numbers(): number[] {
    return this.frames.flatMap(({ n, bodies }) => bodies.map((_, i) => n + i))
  }

  get markers(): Frame[] {
    return this.frames.filter(({ bodies }) => bodies.length === 0)
  }
}

export function channel(test: Test): void {
  test('numbers messages from 1 on, without holes', async (scene) => {
    const news = await scene.channel()
    const first = await news.publish(['"a"'])
    const second = await news.publish(['"b"', '"c"', '"d"'])
    const third = await (await scene.channelElsewhere()).publish(['"e"'])
    assert.deepEqual([first.n, second.n, third.n], [1, 4, 5])
    assert.ok(first.epoch.length > 0)
    assert.deepEqual([second.epoch, third.epoch], [first.epoch, first.epoch])
  })

  test('gives every message to every subscriber, in order', async (scene) => {
    const news = await scene.channel()
    const ears = [new Ear(), new Ear(), new Ear()]
    await ears[0]!.subscribe(news)
    await ears[1]!.subscribe(await scene.channelElsewhere())
    await ears[2]!.subscribe(await scene.channelElsewhere())
    const bodies = Array.from({ length: 50 }, (_, i) => String(i))
    for (let i = 0; i < 50; i += 5) await news.publish(bodies.slice(i, i + 5))
    await scene.eventually(() => ears.every((ear) => ear.bodies.length >= 50), 'all messages for all')
    for (const ear of ears) {
      assert.deepEqual(ear.bodies, bodies)
      assert.deepEqual(
        ear.numbers,
        bodies.map((_, i) => i + 1),
      )
      assert.equal(ear.interruptions, 0)
    }
  })

  test('gives what is published after subscribing, and nothing older', async (scene) => {
    const news = await scene.channel()
    await news.publish(['"old"'])
    const ear = new Ear()
    await ear.subscribe(await scene.channelElsewhere())
    const { epoch, n } = await news.publish(['"new"'])
    await scene.eventually(() => ear.bodies.length > 0, 'the message')
    assert.deepEqual(ear.frames, [{ epoch, n, bodies: ['"new"'] }])
    assert.equal(n, 2)
  })

  test('keeps the messages of concurrent publishers in the order of their numbers', async (scene) => {
    const ear = new Ear()
    await ear.subscribe(await scene.channel())
    const publishers = [await scene.channel(), await scene.channelElsewhere(), await scene.channelElsewhere()]
    const positions = await Promise.all(
      Array.from({ length: 60 }, (_, i) => publishers[i % 3]!.publish([String(i), String(i)])),
    )
    await scene.eventually(() => ear.bodies.length >= 120, 'all messages')
    assert.deepEqual(
      ear.numbers,
      Array.from({ length: 120 }, (_, i) => i + 1),
    )
    for (const [i, { n }] of positions.entries()) {
      assert.deepEqual([ear.bodies[n - 2], ear.bodies[n - 1]], [String(i), String(i)])
    }
  })

  test('keeps channels of different names apart', async (scene) => {
    const ear = new Ear()
    await ear.subscribe(await scene.channel('a'))
    await (await scene.channel('b')).publish(['"b"'])
    assert.equal((await (await scene.channel('a')).publish(['"a"'])).n, 1)
    await scene.eventually(() => ear.bodies.length > 0, 'the message')
    await scene.pass(30)
    assert.deepEqual(ear.bodies, ['"a"'])
  })

  test('stops at the end of a subscription, which others outlive', async (scene) => {
    const news = await scene.channel()
    const [leaving, staying] = [new Ear(), new Ear()]
    const subscription = await leaving.subscribe(news)
    await staying.subscribe(await scene.channelElsewhere())
    assert.equal(subscription.live, true)
    await subscription.close()
    await subscription.close()
    assert.equal(subscription.live, false)
    await news.publish(['1'])
    await scene.eventually(() => staying.bodies.length > 0, 'the message')
    await scene.pass(30)
    assert.deepEqual(leaving.frames, [])
  })

  test('marks the newest position, after all that came before it', async (scene) => {
    const news = await scene.channel()
    const ear = new Ear()
    await ear.subscribe(news)
    await news.mark()
    await scene.eventually(() => ear.markers.length > 0, 'a marker')
    assert.equal(ear.markers[0]?.n, 0)
    const bodies = Array.from({ length: 100 }, (_, i) => String(i))
    const published = bodies.map((body) => news.publish([body]))
    const { epoch, n } = (await Promise.all(published)).at(-1)!
    await news.mark()
    await scene.eventually(() => ear.markers.length > 1, 'a marker')
    assert.deepEqual(ear.frames.at(-1), { epoch, n, bodies: [] })
    assert.deepEqual(ear.bodies, bodies)
  })

  test('sends the marker to the participant that asked, and to no other', async (scene) => {
    const [here, there] = [new Ear(), new Ear()]
    const asking = await scene.channel()
    await here.subscribe(asking)
    await there.subscribe(await scene.channelElsewhere())
    await asking.mark()
    await scene.eventually(() => here.markers.length > 0, 'a marker')
    await scene.pass(30)
    assert.deepEqual(there.frames, [])
  })

  test('carries any text, and a thousand messages at once', async (scene) => {
    const news = await scene.channel()
    const ear = new Ear()
    await ear.subscribe(await scene.channelElsewhere())
    const odd = [
      '""',
      'null',
      JSON.stringify('发布订阅者 🍜 \ud83c "\'%s{}|,;\\\r\n'),
      JSON.stringify('x'.repeat(500_000)),
    ]
    const many = Array.from({ length: 1_000 }, (_, i) => String(i))
    await news.publish(odd)
    assert.equal((await news.publish(many)).n, 1_004)
    await scene.eventually(() => ear.bodies.length >= 1_004, 'all messages')
    assert.ok(ear.bodies.every((body, i) => body === [...odd, ...many][i]))
  })

  test('survives a subscriber that throws', async (scene) => {
    const news = await scene.channel()
    const ear = new Ear()
    const onFrame = (): void => {
      throw new Error('a bad listener')
    }
    await news.subscribe({ onFrame, onMalformed: () => undefined, onInterruption: () => undefined })
    await ear.subscribe(news)
    await news.publish(['1'])
    await scene.eventually(() => ear.bodies.length > 0 && scene.errors.length > 0, 'the message, and an error')
    assert.match(String(scene.errors[0]), /a bad listener/)
  })
}
