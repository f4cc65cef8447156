import { bury, defineChannel } from '@mq/core'
import assert from 'node:assert/strict'
import { assertCode } from '../../port-queue.ts'
import type { Test } from '../../topic.ts'
import { gate, wholeNumber } from '../../values.ts'

const NEEDS = { capability: 'groups' } as const
const numbers = defineChannel({ name: 'numbers', message: wholeNumber, history: { maxCount: 100_000 } })

export function running(test: Test): void {
  test(
    'reports a group that does not exist',
    async (scene) => {
      const group = scene.broker().channel(numbers).group('nobody')
      const calls: (() => Promise<unknown>)[] = [
        () => group.lag(),
        () => group.stats(),
        () => group.pause(),
        () => group.resume(),
        () => group.seek('latest'),
        () => group.remove(),
      ]
      for (const call of calls) await assertCode(scene.during(call()), 'unknown-group')
      assert.deepEqual(await group.dead.list(), [])
      await assert.rejects(async () => group.seek({ sinceMs: 0.5 }), /sinceMs/)
    },
    NEEDS,
  )

  test(
    'stops a group while it is paused, with what its lag is',
    async (scene) => {
      const news = scene.broker().channel(numbers)
      const taken: number[] = []
      await scene.during(news.consume('audit', ({ payload }) => void taken.push(payload)))
      const group = scene.broker().channel(numbers).group('audit')
      assert.equal(await scene.during(group.pause()), true)
      assert.equal(await group.pause(), false)
      for (let n = 0; n < 5; n++) await news.publish(n)
      await scene.pass(50)
      assert.deepEqual([taken.length, await group.lag(), (await group.stats()).paused], [0, 5, true])
      assert.equal(await group.resume(), true)
      assert.equal(await group.resume(), false)
      await scene.eventually(() => taken.length === 5, 'all messages')
      assert.deepEqual([await group.lag(), (await group.stats()).paused], [0, false])
    },
    NEEDS,
  )

  test(
    'gives back what a member holds and has not started when the group is paused',
    async (scene) => {
      const news = scene.quickBroker().channel(numbers)
      const started: number[] = []
      const held = gate()
      const handler = ({ payload }: { readonly payload: number }): Promise<void> | void => {
        started.push(payload)
        return payload < 30 ? undefined : held.promise
      }
      const member = await scene.during(news.consume('audit', handler, { concurrency: 1 }))
      await news.publishAll(Array.from({ length: 30 }, (_, message) => ({ message })))
      await scene.eventually(() => started.length === 30, 'a member that knows its messages to be quick')
      await news.publishAll(Array.from({ length: 10 }, (_, i) => ({ message: 30 + i })))
      await scene.eventually(() => member.stats().buffered > 0, 'messages that are held ahead')
      const group = news.group('audit')
      await scene.during(group.pause())
      await scene.pass(20)
      held.open()
      await scene.eventually(async () => (await group.stats()).running === 0, 'nothing that the member holds')
      await scene.pass(50)
      assert.deepEqual([started.length, (await group.stats()).running], [31, 0])
      await group.resume()
      await scene.eventually(() => started.length === 40, 'all of them')
    },
    NEEDS,
  )

  test(
    'reads again what it has read, when it is sent back',
    async (scene) => {
      const news = scene.broker().channel(numbers)
      const taken: number[] = []
      await scene.during(news.consume('audit', ({ payload }) => void taken.push(payload), { concurrency: 1 }))
      const positions = []
      for (let n = 0; n < 10; n++) positions.push(await news.publish(n))
      await scene.eventually(() => taken.length === 10, 'ten messages')
      await news.group('audit').seek({ position: positions[6]! })
      await scene.eventually(() => taken.length === 13, 'the last three again')
      assert.deepEqual(taken.slice(10), [7, 8, 9])
    },
    NEEDS,
  )

  test(
    'takes what it holds from a member when the group is sent elsewhere',
    async (scene) => {
      const news = scene.broker().channel(numbers)
      const reasons: unknown[] = []
      let held = 0
      await scene.during(
        news.consume(
          'audit',
          async ({ payload }, { signal }) => {
            if (payload !== 0) return
            held++
            await new Promise((resolve) => signal.addEventListener('abort', resolve))
            reasons.push((signal.reason as { code?: unknown }).code)
          },
          { leaseMs: 1_000 },
        ),
      )
      await news.publish(0)
      await scene.eventually(() => held === 1, 'a handler')
      await news.group('audit').seek('latest')
      await scene.eventually(() => reasons.length === 1, 'an abort')
      assert.deepEqual(reasons, ['lease-lost'])
      assert.equal((await news.group('audit').stats()).running, 0)
    },
    NEEDS,
  )

  test(
    'reports to a group what was dropped before it read it',
    async (scene) => {
      const few = defineChannel({ name: 'numbers', history: { maxCount: 10, unreadFactor: 1 } })
      const news = scene.broker().channel(few)
      const lost: number[] = []
      const taken: unknown[] = []
      const options = { onLost: (count: number) => lost.push(count) }
      const consume = () => scene.during(news.consume('audit', ({ payload }) => void taken.push(payload), options))
      await scene.during((await consume()).close())
      for (let n = 0; n < 50; n++) await news.publish(n)
      await consume()
      await scene.eventually(() => taken.length === 10, 'what was kept')
      assert.deepEqual([taken[0], lost], [40, [40]])
      assert.ok(scene.errors.some((error) => (error as { code?: unknown }).code === 'messages-lost'))
    },
    NEEDS,
  )

  test(
    'lists, redrives and discards dead messages as a queue does its tasks',
    async (scene) => {
      const news = scene.broker().channel(numbers)
      const taken: number[] = []
      let isBroken = true
      const handler = ({ payload }: { readonly payload: number }): unknown =>
        isBroken ? bury(payload % 2 === 0 ? 'even' : 'odd') : void taken.push(payload)
      await scene.during(news.consume('audit', handler as never))
      for (let n = 0; n < 6; n++) await news.publish(n, { headers: { n: String(n) } })
      const { dead, stats } = news.group('audit')
      await scene.eventually(async () => (await stats()).dead === 6, 'six dead letters')
      isBroken = false
      const even = await scene.during(dead.list({ reason: 'even', limit: 2 }))
      assert.deepEqual(
        even.map(({ payload, headers, id }) => [payload, headers, id]),
        [4, 2].map((n) => [n, { n: String(n) }, `n${n + 1}`]),
      )
      const ids = ['n5', 'n3', 'n1']
      const even3 = { selected: 3, ids, refused: [] }
      assert.deepEqual(await dead.redrive({ reason: 'even' }, { dryRun: true }), { ...even3, changed: 0 })
      assert.deepEqual(await dead.redrive({ reason: 'even' }, { perSecond: 100 }), { ...even3, changed: 3 })
      await scene.eventually(() => taken.length === 3, 'the even ones')
      assert.deepEqual(taken, [0, 2, 4])
      assert.deepEqual(await dead.discard({ ids: ['n2', 'n1'] }), { selected: 1, ids: ['n2'], changed: 1, refused: [] })
      assert.equal((await dead.redrive('all')).changed, 2)
      await scene.eventually(() => taken.length === 5, 'the odd ones that are left')
      assert.deepEqual(new Set(taken.slice(3)), new Set([3, 5]))
      assert.equal((await stats()).dead, 0)
      await assert.rejects(dead.redrive({}), { code: 'invalid-options' })
      await assert.rejects(dead.redrive('all', { edit: () => 1 } as never), { code: 'invalid-options' })
    },
    NEEDS,
  )

  test(
    'begins anew with all that is kept when its group was removed under it, and says so',
    async (scene) => {
      const news = scene.broker().channel(numbers)
      const taken: number[] = []
      await scene.during(news.consume('audit', ({ payload }) => void taken.push(payload)))
      await news.publish(1)
      await scene.eventually(() => taken.length === 1, 'a message')
      await news.group('audit').remove()
      await news.publish(2)
      await scene.eventually(() => taken.length === 3, 'all messages')
      assert.deepEqual(taken, [1, 1, 2])
      assert.ok(scene.errors.some((error) => (error as { code?: unknown }).code === 'messages-lost'))
    },
    NEEDS,
  )

  test(
    'remembers for a message what was done once, until it is done with it',
    async (scene) => {
      const news = scene.broker().channel(numbers)
      const done: number[] = []
      const seen: unknown[] = []
      await scene.during(
        news.consume(
          'audit',
          async ({ payload }, { attempt, once }) => {
            const value = await once('step', () => {
              done.push(payload)
              return payload * 2
            })
            if (attempt < 3) throw new Error('again')
            seen.push(value)
          },
          { attempts: 3, backoff: { kind: 'fixed', baseMs: 0 }, retryIf: () => true },
        ),
      )
      for (const n of [1, 2]) await news.publish(n)
      await scene.eventually(() => seen.length === 2, 'both messages')
      assert.deepEqual([new Set(done), new Set(seen), done.length], [new Set([1, 2]), new Set([2, 4]), 2])
    },
    NEEDS,
  )

  test(
    'obliterates a channel that no group works on, and says so where one does',
    async (scene) => {
      const channel = scene.broker().channel(numbers)
      const { open, promise } = gate()
      const worker = await channel.consume('audit', () => promise)
      await channel.publish(1)
      await scene.eventually(() => worker.stats().running === 1, 'a running handler')
      const inUse = { code: 'channel-in-use', details: { inUse: 'messages' } }
      await assert.rejects(scene.during(channel.obliterate()), inUse)
      open()
      await scene.during(worker.close({ deadlineMs: 1_000 }))
      await scene.during(channel.obliterate())
      await assertCode(scene.during(channel.group('audit').stats()), 'unknown-group')
      const seen: number[] = []
      await channel.consume('audit', ({ payload }) => void seen.push(payload), { from: 'earliest' })
      await channel.publish(2)
      await scene.eventually(() => seen.length === 1, 'the message after it')
      assert.deepEqual(seen, [2])
    },
    NEEDS,
  )
}
