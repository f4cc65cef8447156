import type { Frame, PatternDriver, Subscription } from '@mq/core'
import assert from 'node:assert/strict'
import type { Test } from '../../topic.ts'

const NEEDS = { capability: 'patterns' } as const

/** What one subscription got, with the channels' names. */
class PatternEar {
  readonly heard: [string, Frame][] = []

  subscribe(pattern: PatternDriver): Promise<Subscription> {
    return pattern.subscribe({
      onFrame: (channel, frame) => this.heard.push([channel, frame]),
      onMalformed: (_channel, error) => assert.fail(error),
      onInterruption: () => undefined,
    })
  }

  get messages(): [string, number, readonly string[]][] {
    return this.heard.flatMap(([channel, { n, bodies }]) => (bodies.length === 0 ? [] : [[channel, n, bodies]]))
  }

  get markers(): [string, Frame][] {
    return this.heard.filter(([, { bodies }]) => bodies.length === 0)
  }
}

export function patternPort(test: Test): void {
  test(
    'gives the frames of the channels that fit, with their names, in order',
    async (scene) => {
      const ear = new PatternEar()
      await ear.subscribe((await scene.open()).pattern('orders.*'))
      for (const body of ['1', '2']) {
        for (const name of ['orders.new', 'orders.paid', 'order.new']) await (await scene.channel(name)).publish([body])
      }
      await scene.eventually(() => ear.messages.length >= 4, 'four frames')
      await scene.pass(30)
      assert.deepEqual(ear.messages, [
        ['orders.new', 1, ['1']],
        ['orders.paid', 1, ['1']],
        ['orders.new', 2, ['2']],
        ['orders.paid', 2, ['2']],
      ])
    },
    NEEDS,
  )

  test(
    'marks the newest position of one channel, after all that came before it, to whoever asked',
    async (scene) => {
      const [here, there] = [new PatternEar(), new PatternEar()]
      const asking = (await scene.open()).pattern('a.>')
      await here.subscribe(asking)
      await there.subscribe((await scene.open()).pattern('a.>'))
      const channel = await scene.channel('a.b.c')
      const { epoch } = await channel.publish(['1', '2', '3'])
      assert.deepEqual(await asking.mark('a.b.c'), { epoch, n: 3 })
      await scene.eventually(() => here.markers.length > 0, 'a marker')
      assert.deepEqual(here.heard.at(-1), ['a.b.c', { epoch, n: 3, bodies: [] }])
      assert.deepEqual(here.messages, [['a.b.c', 1, ['1', '2', '3']]])
      await scene.pass(30)
      assert.deepEqual(there.markers, [])
    },
    NEEDS,
  )

  test(
    'stops at the end of a subscription, which others outlive',
    async (scene) => {
      const pattern = (await scene.open()).pattern('a.*')
      const [leaving, staying] = [new PatternEar(), new PatternEar()]
      const subscription = await leaving.subscribe(pattern)
      await staying.subscribe(pattern)
      assert.equal(subscription.live, true)
      await subscription.close()
      await subscription.close()
      assert.equal(subscription.live, false)
      await (await scene.channel('a.b')).publish(['1'])
      await scene.eventually(() => staying.messages.length > 0, 'the message')
      await scene.pass(30)
      assert.deepEqual(leaving.heard, [])
    },
    NEEDS,
  )
}
