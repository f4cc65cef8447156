import type { GroupStart } from '@mq/core'
import assert from 'node:assert/strict'
import { begin, bodies, bodiesOf, KEPT, member } from '../../port-group.ts'
import { payloadsOf } from '../../port-queue.ts'
import type { Test } from '../../topic.ts'

const NEEDS = { capability: 'groups' } as const

export function groups(test: Test): void {
  test(
    'gives each group every message, in order, with its position',
    async (scene) => {
      const news = await scene.channel()
      const [one, other] = [await begin(news, 'one'), await begin(news, 'other')]
      const { epoch } = await news.publish(['1', '2', '3'], KEPT)
      for (const worker of [one, other]) {
        assert.deepEqual(payloadsOf(await worker.claim()), [`${epoch} 1 1`, `${epoch} 2 2`, `${epoch} 3 3`])
      }
    },
    NEEDS,
  )

  test(
    'gives each message to one member of a group',
    async (scene) => {
      const news = await scene.channel()
      const here = await begin(news, 'audit')
      const there = member((await scene.channelElsewhere()).group('audit', { from: 'latest' }))
      await news.publish(
        Array.from({ length: 100 }, (_, i) => String(i)),
        KEPT,
      )
      const claims = await Promise.all([here, there, here, there].map((worker) => bodies(worker, 25)))
      assert.deepEqual(
        claims
          .flat()
          .map(Number)
          .sort((a, b) => a - b),
        [...Array(100).keys()],
      )
    },
    NEEDS,
  )

  test(
    'begins at the earliest, at a position, or at the newest',
    async (scene) => {
      const news = await scene.channel()
      const position = await news.publish(['1', '2'], KEPT)
      await news.publish(['3'], KEPT)
      const from = async (name: string, start: GroupStart): Promise<string[]> =>
        bodies(member(news.group(name, { from: start })))
      assert.deepEqual(await from('a', 'earliest'), ['1', '2', '3'])
      assert.deepEqual(await from('b', { position }), ['3'])
      assert.deepEqual(await from('c', 'latest'), [])
      assert.deepEqual(await from('d', { sinceMs: 60_000 }), ['1', '2', '3'])
    },
    NEEDS,
  )

  test(
    'goes on where it was when all members were away',
    async (scene) => {
      const news = await scene.channel()
      const worker = await begin(news, 'audit')
      await news.publish(['1'], KEPT)
      await worker.settle({ kind: 'complete', lease: (await worker.claimOne()).lease })
      await news.publish(['2'], KEPT)
      const later = member((await scene.channelElsewhere()).group('audit', { from: 'earliest' }))
      assert.deepEqual(await bodies(later), ['2'])
    },
    NEEDS,
  )

  test(
    'gives a message again that was retried, or whose member was lost',
    async (scene) => {
      const news = await scene.channel()
      const worker = await begin(news, 'audit')
      await news.publish(['1', '2'], KEPT)
      const [first, second] = await worker.claim(2, { leaseMs: 1_000 })
      await worker.settle({ kind: 'retry', lease: first!.lease, delayMs: 0, charge: true })
      assert.equal((await worker.claimOne()).failures, 1)
      await scene.pass(1_050)
      const recovered = await worker.claimOne()
      assert.deepEqual([recovered.n, recovered.crashes], [second!.n, 1])
      assert.deepEqual(await worker.settle({ kind: 'complete', lease: second!.lease }), [0])
    },
    NEEDS,
  )

  test(
    'gives a repeated turn the same messages',
    async (scene) => {
      const news = await scene.channel()
      await begin(news, 'audit')
      await news.publish(['1', '2', '3'], KEPT)
      const group = news.group('audit', { from: 'latest' })
      const turn = member(group).next({ want: 2 })
      const first = await group.settleAndClaim(turn)
      const again = await group.settleAndClaim({ ...turn, repeat: true })
      assert.deepEqual(payloadsOf(again.claimed), payloadsOf(first.claimed))
      assert.equal((await bodies(member(group))).length, 1)
    },
    NEEDS,
  )

  test(
    'gives what came back before what is new, and a released message first of all',
    async (scene) => {
      const news = await scene.channel()
      const worker = await begin(news, 'audit')
      await news.publish(['1', '2', '3', '4'], KEPT)
      const [one, two, three] = await worker.claim(3)
      await worker.settle({ kind: 'retry', lease: one!.lease, delayMs: 0, charge: true })
      await worker.settle({ kind: 'release', lease: three!.lease }, { kind: 'release', lease: two!.lease })
      const again = await worker.claim()
      assert.deepEqual(bodiesOf(again), ['3', '2', '1', '4'])
      assert.deepEqual(
        again.map(({ failures, crashes }) => [failures, crashes]),
        [
          [0, 0],
          [0, 0],
          [1, 0],
          [0, 0],
        ],
      )
    },
    NEEDS,
  )

  test(
    'settles by the newest lease only, each once, and gives no token twice',
    async (scene) => {
      const news = await scene.channel()
      const worker = await begin(news, 'audit')
      await news.publish(['1', '2'], KEPT)
      const tokens = new Set<string>()
      const fences: number[] = []
      for (let i = 0; i < 5; i++) {
        const [task, other] = await worker.claim(2)
        for (const { lease, fence } of [task!, other!]) {
          assert.ok(!tokens.has(lease), 'a lease is given once')
          tokens.add(lease)
          fences.push(fence)
        }
        await worker.settle(
          { kind: 'retry', lease: task!.lease, delayMs: 0, charge: false },
          { kind: 'release', lease: other!.lease },
        )
        const stale = [...tokens].map((lease) => ({ kind: 'complete', lease }) as const)
        assert.deepEqual(
          await worker.settle(...stale),
          stale.map((_, at) => at),
        )
      }
      assert.deepEqual(
        fences,
        [...new Set(fences)].sort((a, b) => a - b),
      )
      const [last] = await worker.claim(1)
      const twice = { kind: 'complete', lease: last!.lease } as const
      assert.deepEqual(await worker.settle(twice, twice), [1])
      assert.deepEqual(await worker.settle({ kind: 'complete', lease: 'nonsense' }), [0])
    },
    NEEDS,
  )

  test(
    'says of each lease whether it is held, and keeps what is extended',
    async (scene) => {
      const news = await scene.channel()
      const worker = await begin(news, 'audit')
      const group = news.group('audit', { from: 'latest' })
      await news.publish(['1', '2'], KEPT)
      const [one, two] = await worker.claim(2, { leaseMs: 1_000 })
      await worker.settle({ kind: 'complete', lease: two!.lease })
      await scene.pass(600)
      assert.deepEqual(await group.extend([one!.lease, two!.lease, 'nonsense'], 30_000), ['held', 'lost', 'lost'])
      await scene.pass(600)
      assert.deepEqual(await bodies(worker), [])
      assert.deepEqual(await worker.settle({ kind: 'complete', lease: one!.lease }), [])
    },
    NEEDS,
  )

  test(
    'says until when a lease lasts: then somebody has to recover its message',
    async (scene) => {
      const news = await scene.channel()
      const worker = await begin(news, 'audit')
      await news.publish(['1'], KEPT)
      await worker.claim(1, { leaseMs: 3_000 })
      const { nextDueInMs } = await worker.turn({ want: 1 })
      assert.ok(nextDueInMs !== undefined && nextDueInMs > 0 && nextDueInMs <= 3_000, `not ${nextDueInMs}`)
    },
    NEEDS,
  )

  test(
    'knows for how long the oldest message waits that no member has',
    async (scene) => {
      const news = await scene.channel()
      const worker = await begin(news, 'audit')
      const group = news.group('audit', { from: 'latest' })
      const wait = async (): Promise<number | undefined> => (await group.stats())?.oldestWaitMs
      assert.equal(await wait(), undefined)
      await news.publish(['1'], KEPT)
      await scene.pass(300)
      await news.publish(['2'], KEPT)
      const about = (ms: number | undefined, wanted: number): void =>
        assert.ok(ms !== undefined && ms >= wanted && ms < wanted + 200, `${ms} ms, not ${wanted}`)
      about(await wait(), 300)
      const first = await worker.claimOne()
      about(await wait(), 0)
      const second = await worker.claimOne()
      // Both are held: none waits.
      assert.equal(await wait(), undefined)
      await worker.settle({ kind: 'release', lease: first.lease })
      about(await wait(), 300)
      await worker.settle({ kind: 'retry', lease: (await worker.claimOne()).lease, delayMs: 200, charge: true })
      assert.equal(await wait(), undefined)
      await scene.pass(500)
      about(await wait(), 300)
      await worker.settle({ kind: 'complete', lease: second.lease })
    },
    NEEDS,
  )

  test(
    'gives a message whose retry is due, and says when the next one is',
    async (scene) => {
      const news = await scene.channel()
      const worker = await begin(news, 'audit')
      await news.publish(['1'], KEPT)
      const { lease } = await worker.claimOne()
      await worker.settle({ kind: 'retry', lease, delayMs: 300, charge: true })
      const { claimed, nextDueInMs } = await worker.turn({ want: 1 })
      assert.deepEqual(claimed, [])
      assert.ok(nextDueInMs! > 0 && nextDueInMs! <= 300, `${nextDueInMs}`)
      const group = news.group('audit', { from: 'latest' })
      assert.equal((await group.stats())?.overdue, 0)
      await scene.pass(350)
      assert.equal((await group.stats())?.overdue, 1)
      assert.deepEqual(await bodies(worker), ['1'])
      assert.equal((await group.stats())?.overdue, 0)
    },
    NEEDS,
  )

  test(
    'claims no more bytes than are wanted, but one message in any case',
    async (scene) => {
      const news = await scene.channel()
      const worker = await begin(news, 'audit')
      await news.publish(
        Array.from({ length: 100 }, () => 'x'.repeat(1_000)),
        KEPT,
      )
      assert.equal((await worker.claim(100, { maxBytes: 1 })).length, 1)
      const some = (await worker.claim(100, { maxBytes: 10_000 })).length
      assert.ok(some > 1 && some <= 11, `${some} messages`)
      assert.equal((await worker.claim(100)).length, 99 - some)
    },
    NEEDS,
  )
}
