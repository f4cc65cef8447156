import type { ChannelDriver, HistoryLimits } from '@mq/core'
import assert from 'node:assert/strict'
import { begin, bodies, consumeAll, KEPT, member, numbered } from '../../port-group.ts'
import type { Test } from '../../topic.ts'

const NEEDS = { capability: 'groups' } as const
const REST = { unreadFactor: 10, groupExpiresMs: 604_800_000 }

let readers = 0

/** What a group that begins now would be given. */
function kept(channel: ChannelDriver): Promise<string[]> {
  return consumeAll(member(channel.group(`reader-${++readers}`, { from: 'earliest' })))
}

async function publishEach(channel: ChannelDriver, bodies: readonly string[], history: HistoryLimits): Promise<void> {
  for (const body of bodies) await channel.publish([body], history)
}

export function groupHistory(test: Test): void {
  test(
    'keeps the newest messages, as many as it should, when no group needs more',
    async (scene) => {
      const news = await scene.channel()
      await publishEach(news, numbered(40), { ...REST, maxCount: 10 })
      assert.deepEqual(await kept(news), numbered(10, 31))
      const other = await scene.channel('other')
      await other.publish(numbered(1_000), { ...REST, maxCount: 10 })
      assert.deepEqual(await kept(other), numbered(10, 991))
    },
    NEEDS,
  )

  test(
    'keeps so many bytes',
    async (scene) => {
      const news = await scene.channel()
      const long = numbered(50).map((n) => n.padStart(100, '0'))
      await publishEach(news, long, { ...REST, maxBytes: 1_050 })
      assert.deepEqual(await kept(news), long.slice(-10))
    },
    NEEDS,
  )

  test(
    'keeps messages for so long',
    async (scene) => {
      const news = await scene.channel()
      await news.publish(['old', 'older'], { ...REST, maxAgeMs: 300 })
      await scene.pass(350)
      await news.publish(['new'], { ...REST, maxAgeMs: 300 })
      assert.deepEqual(await kept(news), ['new'])
    },
    NEEDS,
  )

  for (const [bound, history] of [
    ['count', { ...REST, maxCount: 10 }],
    ['bytes', { ...REST, maxBytes: 20 }],
    ['age', { ...REST, maxAgeMs: 10, unreadFactor: 1_000 }],
  ] as const) {
    test(
      `drops nothing by ${bound} that a group was not given, whatever others have read`,
      async (scene) => {
        const news = await scene.channel()
        const [slow, fast] = [await begin(news, 'slow'), await begin(news, 'fast')]
        for (let n = 1; n <= 60; n += 20) {
          await publishEach(news, numbered(20, n), history)
          await scene.pass(20)
          assert.deepEqual(await consumeAll(fast), numbered(20, n))
        }
        assert.deepEqual(await bodies(slow, 20), numbered(20))
        await publishEach(news, numbered(1, 61), history)
        assert.deepEqual(await bodies(slow), numbered(41, 21))
        assert.equal((await news.group('slow', { from: 'latest' }).stats())?.lost, 0)
      },
      NEEDS,
    )
  }

  test(
    'keeps what a member holds, until it is settled or given again',
    async (scene) => {
      const news = await scene.channel()
      const worker = await begin(news, 'audit')
      const history = { ...REST, maxCount: 5, unreadFactor: 100 }
      await news.publish(numbered(3), history)
      const [one] = await worker.claim(3, { leaseMs: 1_000 })
      await worker.settle({ kind: 'retry', lease: one!.lease, delayMs: 0, charge: true })
      await publishEach(news, numbered(20, 4), history)
      await scene.pass(1_050)
      // The lease of 2 and 3 is lost: they are returned before 1, which waits already.
      assert.deepEqual(await bodies(worker, 3), ['2', '3', '1'])
      await publishEach(news, numbered(20, 24), history)
      assert.deepEqual(await bodies(worker), numbered(40, 4))
    },
    NEEDS,
  )

  test(
    'drops past the hard cap what a group was not given, and says how many, once',
    async (scene) => {
      const news = await scene.channel()
      const worker = await begin(news, 'slow')
      const group = news.group('slow', { from: 'latest' })
      await publishEach(news, numbered(100), { ...REST, maxCount: 10, unreadFactor: 2 })
      const turn = worker.next({ want: 5 })
      const { claimed, lost } = await group.settleAndClaim(turn)
      assert.deepEqual([claimed[0]?.n, lost], ['81', 80])
      assert.equal((await group.settleAndClaim({ ...turn, repeat: true })).lost, 80)
      assert.equal((await worker.turn({ want: 5 })).lost, undefined)
      assert.equal((await group.stats())?.lost, 80)
    },
    NEEDS,
  )

  test(
    'says so, too, when nothing is left of what a group was not given',
    async (scene) => {
      const news = await scene.channel()
      const worker = await begin(news, 'slow')
      await news.publish(numbered(5), KEPT)
      // By a program that does not keep messages.
      await news.publish(numbered(3))
      const turns = [await worker.turn({ want: 100 }), await worker.turn({ want: 100 })]
      assert.deepEqual(
        turns.map(({ claimed }) => claimed.length),
        [5, 0],
      )
      assert.equal((turns[0]!.lost ?? 0) + (turns[1]!.lost ?? 0), 3)
      await news.publish(['9'], KEPT)
      assert.deepEqual(await bodies(worker), ['9'])
    },
    NEEDS,
  )

  test(
    'removes a group without members after a while, and keeps nothing for it',
    async (scene) => {
      const news = await scene.channel()
      const history = { ...REST, maxCount: 5, unreadFactor: 1_000, groupExpiresMs: 2_600 }
      const gone = news.group('gone', { from: 'latest' })
      await begin(news, 'gone')
      const here = await begin(news, 'here')
      await publishEach(news, numbered(20), history)
      // A storage may note only once a second that a member called.
      await scene.pass(1_400)
      assert.equal((await consumeAll(here)).length, 20)
      await scene.pass(1_400)
      await publishEach(news, numbered(1, 21), history)
      await scene.eventually(async () => (await gone.stats()) === undefined, 'an end of the group')
      assert.equal((await consumeAll(here)).length, 1)
      await publishEach(news, numbered(4, 22), history)
      assert.deepEqual(await kept(news), numbered(5, 21))
      assert.equal((await news.group('here', { from: 'latest' }).stats())?.unread, 4)
    },
    NEEDS,
  )

  test(
    'keeps a group whose members do nothing but hold what they were given',
    async (scene) => {
      const news = await scene.channel()
      const history = { ...KEPT, groupExpiresMs: 1_500 }
      const [holds, prolongs] = [await begin(news, 'holds'), await begin(news, 'prolongs')]
      await news.publish(['1'], history)
      const [held] = await holds.claim(1, { leaseMs: 60_000 })
      const [prolonged] = await prolongs.claim(1, { leaseMs: 1_800 })
      const group = news.group('prolongs', { from: 'latest' })
      for (let round = 0; round < 3; round++) {
        await scene.pass(800)
        assert.deepEqual(await group.extend([prolonged!.lease], 60_000), ['held'])
        await news.publish(['2'], history)
      }
      await scene.pass(100)
      assert.deepEqual(await holds.settle({ kind: 'complete', lease: held!.lease }), [])
      assert.deepEqual(await prolongs.settle({ kind: 'complete', lease: prolonged!.lease }), [])
      for (const worker of [holds, prolongs]) assert.deepEqual(await consumeAll(worker), ['2', '2', '2'])
    },
    NEEDS,
  )

  test(
    'sends subscribers the same messages, under the same numbers',
    async (scene) => {
      const news = await scene.channel()
      const heard: string[] = []
      await news.subscribe({
        onFrame: ({ n, bodies }) => heard.push(...bodies.map((body, i) => `${n + i} ${body}`)),
        onMalformed: () => assert.fail('a frame that nobody can read'),
        onInterruption: () => undefined,
      })
      await news.publish(['a', 'ü\n€'], KEPT)
      await news.publish(['c'], KEPT)
      await scene.eventually(() => heard.length === 3, 'three messages')
      assert.deepEqual(heard, ['1 a', '2 ü\n€', '3 c'])
      assert.deepEqual(await kept(news), ['a', 'ü\n€', 'c'])
    },
    NEEDS,
  )
}
