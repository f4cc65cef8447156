import { bury, defineChannel, MqError, retry } from '@mq/core'
import type { Message } from '@mq/core'
import assert from 'node:assert/strict'
import { KEPT } from '../../port-group.ts'
import type { Test } from '../../topic.ts'
import { gate, wholeNumber } from '../../values.ts'

const NEEDS = { capability: 'groups' } as const
const HISTORY = { maxCount: 100_000 }
const numbers = defineChannel({ name: 'numbers', message: wholeNumber, history: HISTORY })
const AT_ONCE = { backoff: { kind: 'fixed', baseMs: 0 } } as const

export function consuming(test: Test): void {
  test(
    'gives every group every message once, whichever member takes it',
    async (scene) => {
      const [here, there] = [scene.broker(), scene.broker()]
      const taken: Record<string, number[]> = { audit: [], mail: [] }
      for (const broker of [here, there]) {
        for (const group of ['audit', 'mail']) {
          await scene.during(broker.channel(numbers).consume(group, ({ payload }) => void taken[group]!.push(payload)))
        }
      }
      await Promise.all(Array.from({ length: 500 }, (_, n) => here.channel(numbers).publish(n)))
      await scene.eventually(() => Object.values(taken).every(({ length }) => length >= 500), 'all messages')
      for (const group of Object.values(taken)) {
        assert.deepEqual(
          group.sort((a, b) => a - b),
          [...Array(500).keys()],
        )
      }
      assert.equal(await here.channel(numbers).group('audit').lag(), 0)
    },
    NEEDS,
  )

  test(
    'gives one member the messages in the order of publishing, as subscribers get them',
    async (scene) => {
      const news = scene.broker().channel(numbers)
      const heard: Message<number>[] = []
      const consumed: Message<number>[] = []
      await scene.during(news.subscribe((message) => void heard.push(message)))
      const options = { concurrency: 1, from: 'earliest' } as const
      await scene.during(news.publish(0, { headers: { trace: 'abc' } }))
      await scene.during(news.consume('audit', (message) => void consumed.push(message), options))
      for (let n = 1; n < 100; n++) await news.publish(n)
      await scene.eventually(() => heard.length === 100 && consumed.length === 100, 'all messages, in both ways')
      assert.deepEqual(consumed, heard)
      assert.deepEqual(consumed[0]!.headers, { trace: 'abc' })
    },
    NEEDS,
  )

  test(
    'owns what is published after `consume` resolved',
    async (scene) => {
      const news = scene.broker().channel(numbers)
      await scene.during(news.publish(1))
      const taken: number[] = []
      const worker = await scene.during(news.consume('audit', ({ payload }) => void taken.push(payload)))
      await news.publish(2)
      await scene.eventually(() => taken.length > 0, 'the message')
      await scene.during(worker.close())
      await news.publish(3)
      await scene.during(news.consume('audit', ({ payload }) => void taken.push(payload)))
      await scene.eventually(() => taken.length > 1, 'the message that came while nobody was there')
      assert.deepEqual(taken, [2, 3])
    },
    NEEDS,
  )

  test(
    'tries a message again, and gives it up after so many attempts',
    async (scene) => {
      const news = scene.broker().channel(numbers)
      const tries: number[] = []
      const handler = ({ payload }: Message<number>, { attempt }: { readonly attempt: number }): unknown => {
        tries.push(payload)
        if (payload === 1) throw new Error('never')
        if (payload === 2 && attempt < 3) return retry({ delayMs: 0 })
        return payload === 3 ? bury('no good') : undefined
      }
      await scene.during(news.consume('audit', handler as never, { attempts: 3, ...AT_ONCE }))
      for (const n of [1, 2, 3, 4]) await news.publish(n)
      const group = news.group('audit')
      await scene.eventually(async () => {
        const { dead, running, returned, delayed, unread } = await group.stats()
        return dead === 2 && running + returned + delayed + unread === 0
      }, 'an end of all messages')
      assert.deepEqual(
        [1, 2, 3, 4].map((n) => tries.filter((tried) => tried === n).length),
        [3, 3, 1, 1],
      )
      const dead = await scene.during(group.dead.list())
      assert.deepEqual(
        new Set(dead.map(({ reason, payload }) => `${reason} ${String(payload)}`)),
        new Set(['no good 3', 'attempts-exhausted 1']),
      )
      assert.equal(dead.find(({ payload }) => payload === 1)?.error?.message, 'never')
    },
    NEEDS,
  )

  test(
    'buries what does not fit the schema, and goes on',
    async (scene) => {
      const open = defineChannel({ name: 'numbers', history: HISTORY })
      const broker = scene.broker()
      const taken: number[] = []
      await scene.during(broker.channel(numbers).consume('audit', ({ payload }) => void taken.push(payload)))
      const storage = (await scene.open()).channel('numbers')
      const other = scene.broker().channel(open)
      for (const message of [1, 'two', { three: 3 }]) await other.publish(message)
      await storage.publish(['no json', '5'], KEPT)
      await scene.eventually(() => taken.length === 2, 'the messages that fit')
      const group = broker.channel(numbers).group('audit')
      await scene.eventually(async () => (await group.stats()).dead === 3, 'three dead letters')
      const dead = await group.dead.list()
      assert.deepEqual(
        dead.map(({ reason }) => reason),
        Array(3).fill('invalid-payload'),
      )
      assert.deepEqual(
        new Set(dead.map(({ payload }) => JSON.stringify(payload))),
        new Set(['"two"', '{"three":3}', '"no json"']),
      )
      assert.deepEqual(taken, [1, 5])
    },
    NEEDS,
  )

  test(
    'aborts a handler that takes too long, and tries again',
    async (scene) => {
      const news = scene.broker().channel(numbers)
      const attempts: number[] = []
      await scene.during(
        news.consume(
          'audit',
          async (_, { attempt, signal }) => {
            attempts.push(attempt)
            if (attempt > 1) return
            await new Promise((resolve) => signal.addEventListener('abort', resolve))
          },
          { timeoutMs: 50, ...AT_ONCE },
        ),
      )
      await news.publish(1)
      await scene.eventually(() => attempts.length === 2, 'a second attempt')
      assert.deepEqual(attempts, [1, 2])
    },
    NEEDS,
  )

  test(
    'gives back what a closing member did not finish',
    async (scene) => {
      const news = scene.broker().channel(numbers)
      const started: number[] = []
      const open = gate()
      const slow = await scene.during(
        news.consume(
          'audit',
          async ({ payload }) => {
            started.push(payload)
            await open.promise
          },
          { concurrency: 2 },
        ),
      )
      for (let n = 0; n < 10; n++) await news.publish(n)
      await scene.eventually(() => started.length === 2, 'two handlers')
      const report = await scene.during(slow.close({ deadlineMs: 10 }))
      assert.equal(report.abandoned.length, 2)
      const taken: number[] = []
      await scene.during(news.consume('audit', ({ payload }) => void taken.push(payload), { concurrency: 1 }))
      await scene.eventually(() => taken.length === 10, 'all messages')
      assert.deepEqual(
        [...taken].sort((a, b) => a - b),
        [...Array(10).keys()],
      )
      open.open()
    },
    NEEDS,
  )

  test(
    'says what is wrong with its options',
    async (scene) => {
      const news = scene.broker().channel(numbers)
      const wrong: [object, RegExp][] = [
        [{ from: 'somewhere' }, /from/],
        [{ from: { position: { epoch: '', n: 1 } } }, /from/],
        [{ from: { sinceMs: -1 } }, /sinceMs/],
        [{ attempts: 0 }, /attempts/],
        [{ timeoutMs: 1.5 }, /timeoutMs/],
        [{ backoff: { kind: 'none' } }, /backoff/],
        [{ concurrency: 0 }, /concurrency/],
        [{ retries: 3 }, /retries/],
      ]
      for (const [options, message] of wrong) {
        await assert.rejects(
          news.consume('audit', () => undefined, options),
          (error: Error) => {
            assert.ok(error instanceof TypeError || MqError.is(error, 'invalid-options'))
            assert.match(error.message, message)
            return true
          },
        )
      }
      await assert.rejects(
        news.consume('a:b', () => undefined),
        { code: 'invalid-options' },
      )
      await assert.rejects(news.consume('audit', undefined as never), TypeError)
      assert.throws(() => news.group('a b'), { code: 'invalid-options' })
      assert.throws(() => defineChannel({ name: 'n', history: {} }), /maxCount/)
      assert.throws(() => defineChannel({ name: 'n', history: { maxCount: 0 } }), /maxCount/)
    },
    NEEDS,
  )
}
