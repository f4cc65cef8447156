import { MAX_AHEAD, MAX_BLOCKED } from '@mq/core/adapter'
import assert from 'node:assert/strict'
import { assertGroupStats, bodiesOf, deadOf, KEPT, member, numbered } from '../../port-group.ts'
import { beginOrdered, orderedGroup } from '../../port-ordered.ts'
import type { Test } from '../../topic.ts'

const NEEDS = { capability: 'groups' } as const
const named = (key: string, count: number, first = 1): string[] => numbered(count, first).map((n) => `${key}${n}`)

/** What becomes of ordered groups that are operated, and of what they keep. */
export function groupOrderKept(test: Test): void {
  test(
    'gives a redriven letter its turn again, never beside another of its key',
    async (scene) => {
      const news = await scene.channel()
      const worker = await beginOrdered(news)
      const group = orderedGroup(news)
      await news.publish(['a1', 'a2', 'a3'], KEPT)
      await worker.bury((await worker.claim())[0]!)
      const held = await worker.claim()
      assert.deepEqual(bodiesOf(held), ['a2'])
      assert.deepEqual(await deadOf(group), ['1'])
      const reply = await group.apply({ kind: 'redrive', tasks: [{ n: '1', delayMs: 0 }] })
      assert.equal(reply.changed, 1)
      assert.deepEqual(await worker.bodies(), [])
      // Those that are in the group already, in whatever place, are refused.
      assert.equal((await group.apply({ kind: 'redrive', tasks: [{ n: '1', delayMs: 0 }] })).changed, 0)
      await worker.complete(...held)
      assert.deepEqual(await worker.consumeAll(), ['a3', 'a1'])
      await assertGroupStats(group, {})
    },
    NEEDS,
  )

  test(
    'gives a letter that is redriven with a delay no sooner, and in its turn',
    async (scene) => {
      const news = await scene.channel()
      const worker = await beginOrdered(news)
      await news.publish(['a1', 'a2'], KEPT)
      await worker.bury((await worker.claim())[0]!)
      await orderedGroup(news).apply({ kind: 'redrive', tasks: [{ n: '1', delayMs: 1_000 }] })
      const held = await worker.claim()
      assert.deepEqual(bodiesOf(held), ['a2'])
      await scene.pass(1_050)
      assert.deepEqual(await worker.bodies(), [])
      await worker.complete(...held)
      assert.deepEqual(await worker.bodies(), ['a1'])
    },
    NEEDS,
  )

  test(
    'forgets all order when it is moved, and begins again from there',
    async (scene) => {
      const news = await scene.channel()
      const worker = await beginOrdered(news)
      const group = orderedGroup(news)
      await news.publish(['a1', 'a2', 'b1', 'b2'], KEPT)
      assert.deepEqual(await worker.bodies(), ['a1', 'b1'])
      await group.apply({ kind: 'seek', to: 'earliest' })
      await assertGroupStats(group, { unread: 4 })
      assert.deepEqual(await worker.consumeAll(), ['a1', 'b1', 'a2', 'b2'])
      await group.apply({ kind: 'seek', to: 'earliest' })
      await worker.claim()
      await group.apply({ kind: 'seek', to: 'latest' })
      await news.publish(['a3'], KEPT)
      assert.deepEqual(await worker.consumeAll(), ['a3'])
    },
    NEEDS,
  )

  test(
    'keeps nothing of a group that was removed, whatever waited',
    async (scene) => {
      const news = await scene.channel()
      const worker = await beginOrdered(news)
      await news.publish(['a1', 'a2'], KEPT)
      await worker.claim()
      await orderedGroup(news).apply({ kind: 'remove' })
      assert.equal(await orderedGroup(news).stats(), undefined)
      const next = await beginOrdered(news)
      await assertGroupStats(orderedGroup(news), {})
      await news.publish(['a3'], KEPT)
      assert.deepEqual(await next.consumeAll(), ['a3'])
    },
    NEEDS,
  )

  test(
    'counts what the channel dropped of what waited behind its key, and goes on',
    async (scene) => {
      const news = await scene.channel()
      const worker = await beginOrdered(news)
      const group = orderedGroup(news)
      await news.publish(named('a', 5), KEPT)
      const [first] = await worker.claim(1)
      await worker.turn({ want: 0 })
      await assertGroupStats(group, { unread: 4, ahead: 4, blocked: 4, running: 1 })
      for (const body of named('b', 6)) await news.publish([body], { ...KEPT, maxCount: 2, unreadFactor: 2 })
      await worker.complete(first!)
      const rest = await worker.consumeAll()
      const { lost } = (await group.stats())!
      assert.equal(rest.length + lost, 10)
      assert.ok(lost >= 4, `${lost} lost`)
      assert.deepEqual(rest, named('b', rest.length, 7 - rest.length))
    },
    NEEDS,
  )

  test(
    'keeps what waits behind its key in the channel, within the hard cap',
    async (scene) => {
      const news = await scene.channel()
      const worker = await beginOrdered(news)
      await news.publish(named('a', 3), KEPT)
      // Nobody holds one, and what is retried is kept beside the channel.
      const [first] = await worker.claim(1)
      await worker.settle({ kind: 'retry', lease: first!.lease, delayMs: 1_000, charge: true })
      // More than `maxCount`, and fewer than its multiple.
      for (const body of named('b', 6)) await news.publish([body], { ...KEPT, maxCount: 2 })
      assert.deepEqual(await worker.consumeAll(), named('b', 6))
      for (const body of named('c', 6)) await news.publish([body], { ...KEPT, maxCount: 2 })
      await scene.pass(1_050)
      assert.deepEqual(
        (await worker.consumeAll()).filter((body) => body.startsWith('a')),
        named('a', 3),
      )
      await assertGroupStats(orderedGroup(news), {})
    },
    NEEDS,
  )

  test(
    'keeps nothing in the channel for a redriven letter that waits behind its key',
    async (scene) => {
      const news = await scene.channel()
      const worker = await beginOrdered(news)
      await news.publish(['a1', 'a2'], KEPT)
      await worker.bury((await worker.claim())[0]!)
      const [held] = await worker.claim()
      // From now on it has a copy, too.
      await worker.settle({ kind: 'release', lease: held!.lease })
      assert.deepEqual(await worker.bodies(), ['a2'])
      await orderedGroup(news).apply({ kind: 'redrive', tasks: [{ n: '1', delayMs: 0 }] })
      assert.deepEqual(await worker.bodies(), [])
      for (let i = 0; i < 20; i++) {
        await news.publish(named('b', 10), { ...KEPT, maxCount: 10, unreadFactor: 100 })
        assert.equal((await worker.consumeAll()).length, 10)
      }
      const late = news.group('late', { from: 'earliest' })
      await member(late).turn()
      const { unread } = (await late.stats())!
      assert.ok(unread < 60, `${unread} are kept`)
    },
    NEEDS,
  )

  test(
    'gives nothing while it is paused, and the same afterwards',
    async (scene) => {
      const news = await scene.channel()
      const worker = await beginOrdered(news)
      const group = orderedGroup(news)
      await news.publish(['a1', 'a2'], KEPT)
      const [first] = await worker.claim()
      await group.apply({ kind: 'pause' })
      await worker.complete(first!)
      const { claimed, ahead, paused } = await worker.turn({ want: 10 })
      assert.deepEqual([claimed, ahead, paused], [[], undefined, true])
      await group.apply({ kind: 'resume' })
      assert.deepEqual(await worker.bodies(), ['a2'])
    },
    NEEDS,
  )

  test(
    'keeps others behind a message that is set aside',
    async (scene) => {
      const news = await scene.channel()
      const worker = await beginOrdered(news)
      await news.publish(['a1', 'a2', 'b1'], KEPT)
      await worker.claim(1, { leaseMs: 1_000 })
      await scene.pass(1_050)
      assert.deepEqual(await worker.bodies(10, { suspectFrom: 1 }), ['b1'])
      const { claimed, suspects } = await worker.turn({ want: 10, suspectFrom: 1 })
      assert.deepEqual([claimed, suspects], [[], true])
      const alone = await worker.claim()
      assert.deepEqual(bodiesOf(alone), ['a1'])
      await worker.complete(...alone)
      assert.deepEqual(await worker.bodies(10, { suspectFrom: 1 }), ['a2'])
    },
    NEEDS,
  )

  test(
    'keeps all that it gave in the channel, though the first of a key was dropped',
    async (scene) => {
      const news = await scene.channel()
      const worker = await beginOrdered(news)
      await news.publish(['a1', 'a2', 'b1'], KEPT)
      await worker.turn({ want: 1 })
      await worker.turn({ want: 0 })
      // One more than the hard cap.
      await news.publish(['c1', 'c2'], { ...KEPT, maxCount: 4, unreadFactor: 1 })
      const held = await worker.claim(2)
      assert.deepEqual(bodiesOf(held).toSorted(), ['a2', 'b1'])
      for (const body of named('d', 4)) await news.publish([body], { ...KEPT, maxCount: 2 })
      for (const { lease } of held) await worker.settle({ kind: 'release', lease })
      assert.equal((await orderedGroup(news).stats())!.lost, 1)
    },
    NEEDS,
  )

  test(
    `reads at most ${MAX_AHEAD} at once, and none beyond ${MAX_BLOCKED} that wait behind their keys`,
    async (scene) => {
      const news = await scene.channel()
      const worker = await beginOrdered(news)
      const group = orderedGroup(news)
      await news.publish(['b1'], KEPT)
      await worker.bury((await worker.claim())[0]!)
      for (let i = 0; i < (MAX_BLOCKED + 2 * MAX_AHEAD) / 1_000; i++) await news.publish(named('a', 1_000), KEPT)
      await news.publish(['z1'], KEPT)
      const { ahead = [] } = await worker.turn({ want: 1 })
      assert.ok(ahead.length > 10 && ahead.length <= MAX_AHEAD, `${ahead.length} ahead`)
      const claimed = await worker.claim()
      assert.equal(claimed.length, 1)
      const { blocked } = (await group.stats())!
      assert.ok(blocked >= MAX_BLOCKED && blocked < MAX_BLOCKED + MAX_AHEAD, `${blocked} blocked`)
      // Of other keys, too: they are read once some of these are over.
      assert.deepEqual(await worker.bodies(), [])
      await group.apply({ kind: 'redrive', tasks: [{ n: '1', delayMs: 0 }] })
      assert.deepEqual([await worker.bodies(), worker.ahead], [[], []])
      let all = await worker.claim()
      await worker.complete(...claimed)
      let given = 0
      for (; (all = await worker.claim()).length === 1; given++) await worker.complete(...all)
      assert.deepEqual([bodiesOf(all).includes('b1'), given < MAX_AHEAD], [true, true])
    },
    NEEDS,
  )
}
