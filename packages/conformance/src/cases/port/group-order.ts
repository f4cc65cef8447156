import assert from 'node:assert/strict'
import { MAX_AHEAD } from '@mq/core/adapter'
import { assertGroupStats, bodiesOf, KEPT, member, numbered } from '../../port-group.ts'
import { beginOrdered, KeyedMember, keyOf, orderedGroup } from '../../port-ordered.ts'
import { assertRefused, payloadsOf } from '../../port-queue.ts'
import type { Test } from '../../topic.ts'

const NEEDS = { capability: 'groups' } as const

export function groupOrder(test: Test): void {
  test(
    'gives one message of a key at a time, in order, whichever member asks',
    async (scene) => {
      const news = await scene.channel()
      const here = await beginOrdered(news)
      const there = new KeyedMember(orderedGroup(await scene.channelElsewhere()))
      await news.publish(['a1', 'a2', 'b1', 'a3', 'b2', 'c1'], KEPT)
      const first = await here.claim()
      assert.deepEqual(bodiesOf(first), ['a1', 'b1', 'c1'])
      assert.deepEqual(await there.bodies(), [])
      await here.complete(first[0]!)
      const second = await there.claim()
      assert.deepEqual(bodiesOf(second), ['a2'])
      await here.complete(first[1]!, first[2]!)
      assert.deepEqual(await here.bodies(), ['b2'])
      await there.complete(...second)
      assert.deepEqual(await there.bodies(), ['a3'])
      assert.deepEqual(await here.bodies(), [])
    },
    NEEDS,
  )

  test(
    'gives what a settlement of the same turn lets through',
    async (scene) => {
      const news = await scene.channel()
      const worker = await beginOrdered(news)
      const { epoch } = await news.publish(['a1', 'a2', 'a3'], KEPT)
      let [task] = await worker.claim()
      const all = [...payloadsOf([task!])]
      for (let i = 0; i < 2; i++) {
        const { claimed } = await worker.turn({ settlements: [{ kind: 'complete', lease: task!.lease }], want: 10 })
        assert.equal(claimed.length, 1)
        task = claimed[0]
        all.push(...payloadsOf(claimed))
      }
      assert.deepEqual(all, [`${epoch} 1 a1`, `${epoch} 2 a2`, `${epoch} 3 a3`])
    },
    NEEDS,
  )

  test(
    'keeps the others of a key waiting until a retry, a return or a lost lease is over',
    async (scene) => {
      const news = await scene.channel()
      const worker = await beginOrdered(news)
      await news.publish(['a1', 'a2', 'b1', 'b2', 'c1', 'c2'], KEPT)
      const [a, b, c] = await worker.claim(3, { leaseMs: 1_000 })
      await worker.settle({ kind: 'retry', lease: a!.lease, delayMs: 2_000, charge: true })
      await worker.settle({ kind: 'release', lease: b!.lease })
      const returned = await worker.claim()
      assert.deepEqual(bodiesOf(returned), ['b1'])
      await scene.pass(1_050)
      const recovered = await worker.claim()
      assert.deepEqual([bodiesOf(recovered), recovered[0]?.crashes], [['c1'], 1])
      assert.deepEqual(await worker.settle({ kind: 'complete', lease: c!.lease }), [0])
      assert.deepEqual(await worker.bodies(), [])
      await scene.pass(1_000)
      const retried = await worker.claim()
      assert.deepEqual([bodiesOf(retried), retried[0]?.failures], [['a1'], 1])
      await worker.complete(...retried, ...recovered, ...returned)
      assert.deepEqual(await worker.consumeAll(), ['a2', 'b2', 'c2'])
    },
    NEEDS,
  )

  test(
    'goes on with a key whose message ends in any way',
    async (scene) => {
      const news = await scene.channel()
      const worker = await beginOrdered(news)
      await news.publish(['a1', 'a2', 'a3', 'a4'], KEPT)
      await worker.bury((await worker.claim())[0]!)
      const [second] = await worker.claim()
      await worker.settle({ kind: 'expire', lease: second!.lease })
      assert.deepEqual([bodiesOf([second!]), await worker.consumeAll()], [['a2'], ['a3', 'a4']])
      assert.deepEqual(
        (await orderedGroup(news).list({ state: 'dead', limit: 10 })).map(({ n }) => n),
        ['1'],
      )
    },
    NEEDS,
  )

  test(
    'brings messages ahead, which are given once a turn told their keys',
    async (scene) => {
      const news = await scene.channel()
      await beginOrdered(news)
      const { epoch } = await news.publish(['a1', 'b1', 'a2'], KEPT)
      const worker = new KeyedMember(orderedGroup(news))
      const { claimed, ahead, nextDueInMs } = await worker.turn({ want: 10 })
      assert.deepEqual([claimed, nextDueInMs], [[], undefined])
      assert.deepEqual(
        ahead?.map(({ payload }) => payload),
        [`${epoch} 1 a1`, `${epoch} 2 b1`, `${epoch} 3 a2`],
      )
      await assertGroupStats(orderedGroup(news), { unread: 3 })
      await worker.turn({ want: 0 })
      await assertGroupStats(orderedGroup(news), { unread: 3, ahead: 3, blocked: 1 })
      assert.deepEqual(await worker.bodies(), ['a1', 'b1'])
      await assertGroupStats(orderedGroup(news), { unread: 1, ahead: 1, blocked: 1, running: 2 })
    },
    NEEDS,
  )

  test(
    'passes over keys that another told meanwhile',
    async (scene) => {
      const news = await scene.channel()
      const [one, other] = [await beginOrdered(news), await beginOrdered(news)]
      await news.publish(['a1', 'a2', 'b1'], KEPT)
      const { ahead } = await one.turn({ want: 10 })
      await other.turn({ want: 10 })
      await news.publish(['b2', 'c1'], KEPT)
      const claimed = await one.claim()
      assert.deepEqual(bodiesOf(claimed), ['a1', 'b1', 'c1'])
      // All of it is known, or gone.
      await other.turn({ want: 0 })
      await other.turn({ order: { keys: ahead!.map(keyOf) } })
      assert.deepEqual(await other.bodies(), [])
      await one.complete(...claimed)
      assert.deepEqual(await other.consumeAll(), ['a2', 'b2'])
      await other.turn({ order: { keys: ahead!.map(keyOf) } })
      assert.deepEqual(await other.bodies(), [])
      await assertGroupStats(orderedGroup(news), {})
    },
    NEEDS,
  )

  test(
    'puts what follows in order even where a part of it was told by another',
    async (scene) => {
      const news = await scene.channel()
      const [one, other] = [await beginOrdered(news), await beginOrdered(news)]
      await news.publish(['a1', 'a2'], KEPT)
      await one.turn({ want: 10 })
      await news.publish(['a3', 'b1'], KEPT)
      await other.turn({ want: 10 })
      assert.equal(other.ahead.length, 4)
      const first = await one.claim()
      assert.deepEqual(bodiesOf(first), ['a1', 'b1'])
      await other.turn({ want: 0 })
      await one.complete(...first)
      assert.deepEqual(await other.consumeAll(), ['a2', 'a3'])
    },
    NEEDS,
  )

  test(
    'gives a repeated turn the same messages, and puts none in order twice',
    async (scene) => {
      const news = await scene.channel()
      const worker = await beginOrdered(news)
      await news.publish(['a1', 'a2', 'b1'], KEPT)
      await worker.turn({ want: 1 })
      const group = orderedGroup(news)
      const turn = worker.next({ want: 1 })
      const { claimed } = await group.settleAndClaim(turn)
      const again = await group.settleAndClaim({ ...turn, repeat: true })
      assert.deepEqual([bodiesOf(claimed), payloadsOf(again.claimed)], [['a1'], payloadsOf(claimed)])
      await assertGroupStats(group, { unread: 2, ahead: 2, blocked: 1, running: 1 })
    },
    NEEDS,
  )

  test(
    'gives a member without keys nothing, and says so; what it held it may settle',
    async (scene) => {
      const news = await scene.channel()
      const group = orderedGroup(news)
      const plain = member(group)
      assert.deepEqual(await plain.claim(), [])
      await news.publish(['a1', 'a2', 'a3'], KEPT)
      const [first, second] = await plain.claim(2)
      const keyed = new KeyedMember(group)
      const others = await keyed.claim()
      assert.deepEqual(bodiesOf(others), ['a3'])
      const { claimed, ordered, stale } = await plain.turn({
        settlements: [
          { kind: 'complete', lease: first!.lease },
          { kind: 'release', lease: second!.lease },
        ],
        want: 10,
        awaitWork: true,
      })
      assert.deepEqual([claimed, ordered, stale], [[], true, []])
      // What came back has to wait for its key, which has one already.
      assert.deepEqual(await keyed.bodies(), [])
      await keyed.complete(...others)
      assert.deepEqual(await keyed.bodies(), ['a2'])
    },
    NEEDS,
  )

  test(
    'takes any key, and refuses those that are empty or too long, and too many',
    async (scene) => {
      const news = await scene.channel()
      const worker = await beginOrdered(news)
      const names = ['generate 生 | , ; # \' \\ % \t\n"', '\0', '__proto__', '!1', 'x'.repeat(256)]
      await news.publish([...numbered(names.length), ...numbered(names.length)], KEPT)
      const { ahead = [] } = await worker.turn({ want: 100 })
      const keys = ahead.map(({ id }, i) => ({ id, key: names[i % names.length]! }))
      for (const wrong of ['', 'x'.repeat(257)]) {
        await assertRefused(worker.turn({ order: { keys: [{ id: keys[0]!.id, key: wrong }] } }))
      }
      const many = Array.from({ length: MAX_AHEAD + 1 }, () => keys[0]!)
      await assertRefused(worker.turn({ order: { keys: many } }))
      const { claimed } = await worker.turn({ want: 100, order: { keys } })
      assert.deepEqual(bodiesOf(claimed), numbered(names.length))
      await assertGroupStats(orderedGroup(news), {
        unread: names.length,
        ahead: names.length,
        blocked: names.length,
        running: names.length,
      })
    },
    NEEDS,
  )
}
