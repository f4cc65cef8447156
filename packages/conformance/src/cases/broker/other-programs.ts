import { createBroker, defineChannel, defineQueue, MqError, silentLogger, unchecked } from '@mq/core'
import type { Gap } from '@mq/core'
import assert from 'node:assert/strict'
import { randomUUID } from 'node:crypto'
import { assertCode } from '../../port-queue.ts'
import type { Scene } from '../../scene.ts'
import type { Test } from '../../topic.ts'
import { text } from '../../values.ts'

const PLAIN = { capability: 'plain' } as const
const fresh = (): string => `task:${randomUUID()}:queue`

export function otherPrograms(test: Test): void {
  test(
    'handles what another program pushes, and keeps its result as any other',
    async (scene) => {
      const inbox = fresh()
      const queue = scene.broker().queue(defineQueue<number>({ name: 'tasks', inbox }))
      const handled: [number, string][] = []
      queue.process((payload, { id }) => {
        handled.push([payload, id])
        return payload ** 2
      })
      await scene.otherProgram.lpush(inbox, '7')
      await queue.enqueue(8)
      await scene.eventually(() => handled.length === 2, 'both tasks')
      const pushed = handled.find(([payload]) => payload === 7)!
      assert.equal(await scene.during(queue.task(pushed[1]).result()), 49)
    },
    PLAIN,
  )

  test(
    'buries garbage with its reason, and goes on',
    async (scene) => {
      const inbox = fresh()
      const definition = defineQueue({ name: 'tasks', payload: text, inbox, maxPayloadBytes: 100 })
      const queue = scene.broker().queue(definition)
      const handled: string[] = []
      queue.process((payload) => void handled.push(payload))
      await scene.otherProgram.lpush(inbox, 'no json', '', '7', '{"__proto__": 1}', `"${'x'.repeat(200)}"`, '"good"')
      await scene.eventually(async () => (await queue.stats()).dead === 5, 'five dead letters')
      await scene.eventually(() => handled.length === 1, 'the good one')
      assert.deepEqual(handled, ['good'])
      const letters = await queue.dead.list()
      assert.deepEqual(
        letters.map(({ payload }) => String(payload)).sort(),
        ['', '7', `an entry of 202 bytes, more than 100: "${'x'.repeat(200)}"`, 'no json', '[object Object]'].sort(),
      )
      for (const { reason, error } of letters)
        assert.deepEqual([reason, error === undefined], ['invalid-payload', false])
    },
    PLAIN,
  )

  test(
    'takes any text as it is, where the inbox says so',
    async (scene) => {
      const inbox = { key: fresh(), format: 'text', end: 'left' } as const
      const queue = scene.broker().queue(defineQueue<string>({ name: 'tasks', inbox }))
      const handled: string[] = []
      queue.process((payload) => void handled.push(payload), { concurrency: 1 })
      await scene.otherProgram.rpush(inbox.key, 'some text', '7')
      await scene.eventually(() => handled.length === 2, 'both texts')
      assert.deepEqual(handled, ['some text', '7'])
    },
    PLAIN,
  )

  test(
    'drains a queue with its inbox',
    async (scene) => {
      const inbox = fresh()
      const queue = scene.broker().queue(defineQueue({ name: 'tasks', inbox }))
      await scene.otherProgram.lpush(inbox, ...Array.from({ length: 50 }, (_, i) => String(i)))
      let handled = 0
      queue.process(() => void handled++, { concurrency: 10 })
      await scene.during(queue.drain())
      assert.equal(handled, 50)
    },
    PLAIN,
  )

  test(
    'hands tasks over to a list, with all that a queue does before',
    async (scene) => {
      const outbox = fresh()
      const queue = scene.broker().queue(defineQueue({ name: 'tasks', payload: text, outbox }))
      assert.throws(() => queue.process(() => undefined), TypeError)
      const low = await queue.enqueue('later', { priority: 1 })
      const high = await queue.enqueue('first', { priority: 9 })
      assert.equal((await queue.enqueue('once', { id: 'once' })).existing, false)
      assert.equal((await queue.enqueue('once', { id: 'once' })).existing, true)
      queue.handOver({ concurrency: 1, prefetch: false })
      for (const task of [low, high, queue.task('once')]) assert.equal(await scene.during(task.result()), undefined)
      const popped = [1, 2, 3, 4].map(() => scene.otherProgram.lpop(outbox))
      const texts = (await Promise.all(popped)).map((one) => one ?? undefined)
      assert.deepEqual(texts, ['"first"', '"once"', '"later"', undefined])
    },
    PLAIN,
  )

  test(
    'hands texts over as they are, where the outbox says so, and buries what is none',
    async (scene) => {
      const outbox = { key: fresh(), format: 'text' } as const
      const queue = scene.broker().queue(defineQueue({ name: 'tasks', outbox }))
      await queue.enqueueAll([{ payload: 'some text' }, { payload: 7 }])
      queue.handOver()
      await scene.during(queue.drain())
      assert.equal(await scene.otherProgram.lpop(outbox.key), 'some text')
      assert.equal((await queue.dead.list())[0]?.reason, 'not a text')
    },
    PLAIN,
  )

  test(
    'carries from one list to another',
    async (scene) => {
      const [inbox, outbox] = [fresh(), fresh()]
      const queue = scene.broker().queue(defineQueue({ name: 'tasks', inbox, outbox }))
      queue.handOver()
      await scene.otherProgram.lpush(inbox, '{ "as": "it is" }')
      await scene.eventually(async () => (await scene.otherProgram.llen(outbox)) === 1, 'the entry')
      assert.equal(await scene.otherProgram.lpop(outbox), '{ "as": "it is" }')
    },
    PLAIN,
  )

  test(
    'hears what another program publishes, and is heard by it',
    async (scene) => {
      const topic = fresh()
      const channel = scene.broker().channel(defineChannel({ name: 'news', message: text, raw: topic }))
      const [heard, there]: string[][] = [[], []]
      await scene.otherProgram.subscribe(topic, (message) => there!.push(message))
      const subscription = await scene.during(channel.subscribe(({ payload }) => void heard!.push(payload)))
      await scene.otherProgram.publish(topic, '"from there"')
      await channel.publish('from here')
      await channel.publishAll([{ message: 'a' }, { message: 'b' }])
      await scene.eventually(() => heard!.length === 4 && there!.length === 4, 'four messages on both sides')
      assert.deepEqual(heard, ['from there', 'from here', 'a', 'b'])
      assert.deepEqual(there, ['"from there"', '"from here"', '"a"', '"b"'])
      await scene.otherProgram.publish(topic, 'no json')
      await scene.otherProgram.publish(topic, '"good"')
      await scene.eventually(() => heard!.length === 5, 'the good one')
      assert.deepEqual(codesOf(scene), ['invalid-message'])
      assert.equal(subscription.stats().malformed, 1)
      assert.deepEqual(await channel.groups(), [])
      await assert.rejects(
        channel.consume('audit', () => undefined),
        TypeError,
      )
    },
    PLAIN,
  )

  test(
    'carries any text on a raw channel that says so, and nothing else',
    async (scene) => {
      const raw = { topic: fresh(), format: 'text' } as const
      const channel = scene.broker().channel(defineChannel<string>({ name: 'news', raw }))
      const heard: string[] = []
      const gaps: Gap[] = []
      await scene.during(
        channel.subscribe(({ payload }) => void heard.push(payload), { onGap: (gap) => gaps.push(gap) }),
      )
      await scene.otherProgram.publish(raw.topic, 'a\nb')
      await channel.publish('7')
      await scene.eventually(() => heard.length === 2, 'both')
      assert.deepEqual([heard, gaps], [['a\nb', '7'], []])
      await assertCode(channel.publish(7 as never), 'invalid-message')
      await assertCode(channel.publish('x', { headers: { a: 'b' } }), 'invalid-options')
    },
    PLAIN,
  )

  test(
    'refuses what cannot be: one key for both, no outbox, an adapter that knows no other programs',
    async (scene) => {
      const broker = scene.broker()
      assert.throws(
        () => defineQueue({ name: 'tasks', inbox: 'one', outbox: { key: 'one' } }),
        (error) => MqError.is(error, 'invalid-inbox'),
      )
      assert.throws(() => broker.queue(defineQueue({ name: 'plain' })).handOver(), TypeError)
      const { adapter } = scene.fixture
      const without = {
        ...adapter,
        open: (environment: Parameters<typeof adapter.open>[0]) => withoutPlain(adapter.open(environment)),
      }
      const poor = createBroker(without, { logger: silentLogger, clock: scene.clock })
      const unsupported = (error: unknown): boolean => MqError.is(error, 'unsupported')
      assert.throws(() => poor.queue(defineQueue({ name: 'a', inbox: 'a' })), unsupported)
      assert.throws(() => poor.queue(defineQueue({ name: 'b', outbox: 'b' })), unsupported)
      assert.throws(() => poor.channel(defineChannel({ name: 'c', raw: 'c', message: unchecked() })), unsupported)
      await scene.during(poor.close())
    },
    PLAIN,
  )
}

function withoutPlain<S extends { readonly plain?: unknown }>(storage: S): S {
  return new Proxy(storage, {
    get(target, key) {
      const member: unknown = key === 'plain' ? undefined : Reflect.get(target, key, target)
      return typeof member === 'function' ? (member.bind(target) as unknown) : member
    },
  })
}

function codesOf(scene: Scene): unknown[] {
  return scene.errors.map((error) => (error as { readonly code?: unknown }).code)
}
