import assert from 'node:assert/strict'
import { assertGroupStats, begin, bodies, consumeAll, KEPT, member, numbered } from '../../port-group.ts'
import { assertCode, assertRefused } from '../../port-queue.ts'
import type { Test } from '../../topic.ts'

const NEEDS = { capability: 'groups' } as const

export function groupLife(test: Test): void {
  test(
    'counts what is unread, returned, delayed, running and dead',
    async (scene) => {
      const news = await scene.channel()
      const group = news.group('audit', { from: 'latest' })
      assert.equal(await group.stats(), undefined)
      const worker = await begin(news, 'audit')
      await news.publish(numbered(10), KEPT)
      await assertGroupStats(group, { unread: 10 })
      const [a, b, c, d] = await worker.claim(5)
      await assertGroupStats(group, { unread: 5, running: 5 })
      await worker.settle(
        { kind: 'complete', lease: a!.lease },
        { kind: 'release', lease: b!.lease },
        { kind: 'retry', lease: c!.lease, delayMs: 60_000, charge: true },
        { kind: 'bury', lease: d!.lease, reason: 'bad', detail: '', charge: true },
      )
      await assertGroupStats(group, { unread: 5, running: 1, returned: 1, delayed: 1, dead: 1 })
    },
    NEEDS,
  )

  test(
    'names the groups that exist, from their first turn on until they are removed',
    async (scene) => {
      const news = await scene.channel()
      const names = async (channel = news): Promise<string[]> => [...(await channel.groups())].sort()
      assert.deepEqual(await names(), [])
      news.group('untouched', { from: 'latest' })
      await news.group('unread', { from: 'latest' }).stats()
      for (const name of ['b', 'a', 'B']) await begin(news, name)
      await begin(await scene.channel('others'), 'c')
      assert.deepEqual(await names(), ['B', 'a', 'b'])
      assert.deepEqual(await names(await scene.channelElsewhere()), ['B', 'a', 'b'])
      await news.group('a', { from: 'latest' }).apply({ kind: 'remove' })
      assert.deepEqual(await names(), ['B', 'b'])
      await news.obliterate({ force: true })
      assert.deepEqual(await names(), [])
    },
    NEEDS,
  )

  test(
    'does not begin anew for a member that leaves after the group was removed',
    async (scene) => {
      const news = await scene.channel()
      const worker = await begin(news, 'audit')
      await news.publish(numbered(2), KEPT)
      const { lease } = await worker.claimOne()
      const group = news.group('audit', { from: 'latest' })
      assert.equal((await group.apply({ kind: 'remove' })).changed, 1)
      const { stale, began } = await worker.turn({ settlements: [{ kind: 'complete', lease }], last: true })
      assert.deepEqual([stale, began, await group.stats()], [[0], undefined, undefined])
    },
    NEEDS,
  )

  test(
    'keeps dead letters, newest first',
    async (scene) => {
      const news = await scene.channel()
      const worker = await begin(news, 'audit')
      const { epoch } = await news.publish(['1', '2'], KEPT)
      const [one, two] = await worker.claim(2)
      await worker.settle({ kind: 'retry', lease: one!.lease, delayMs: 0, charge: true })
      const again = await worker.claimOne()
      await worker.settle({ kind: 'bury', lease: again.lease, reason: 'bad', detail: 'why', charge: true })
      await scene.pass(5)
      await worker.settle({ kind: 'bury', lease: two!.lease, reason: 'worse', detail: '', charge: false })
      const group = news.group('audit', { from: 'latest' })
      const dead = await group.list({ state: 'dead', limit: 10 })
      assert.deepEqual(
        dead.map(({ n, reason, detail, failures, payload }) => ({ n, reason, detail, failures, payload })),
        [
          { n: '2', reason: 'worse', detail: '', failures: 0, payload: `${epoch} 2 2` },
          { n: '1', reason: 'bad', detail: 'why', failures: 2, payload: `${epoch} 1 1` },
        ],
      )
      assert.equal(dead[1]!.enqueuedAt, one!.enqueuedAt)
      const after = { n: dead[0]!.n, diedAt: dead[0]!.diedAt }
      assert.deepEqual(await group.list({ state: 'dead', after, limit: 10 }), dead.slice(1))
      assert.deepEqual(await bodies(worker), [])
    },
    NEEDS,
  )

  test(
    'gives nothing while it is paused, says so, settles what is held, and wakes when it is resumed',
    async (scene) => {
      const news = await scene.channel()
      const group = news.group('audit', { from: 'latest' })
      const worker = await begin(news, 'audit')
      await news.publish(['1', '2'], KEPT)
      const { lease } = await worker.claimOne()
      let [woken, told] = [false, false]
      await group.listen(({ kind }) => {
        woken ||= kind === 'work'
        told ||= kind === 'paused'
      })
      assert.deepEqual(await group.apply({ kind: 'resume' }), { changed: 0 })
      assert.deepEqual(await group.apply({ kind: 'pause' }), { changed: 1 })
      assert.deepEqual(await group.apply({ kind: 'pause' }), { changed: 0 })
      await assertGroupStats(group, { unread: 1, running: 1, paused: true })
      const settlements = [{ kind: 'retry', lease, delayMs: 0, charge: false }] as const
      const { stale, paused } = await worker.turn({ settlements })
      assert.deepEqual([stale, paused], [[], true])
      await scene.eventually(() => told, 'a hint of the pause')
      await member(group).waitForWork()
      assert.deepEqual(await group.apply({ kind: 'resume' }), { changed: 1 })
      await scene.eventually(() => woken, 'a hint that there is work')
      assert.deepEqual(await bodies(worker), ['1', '2'])
    },
    NEEDS,
  )

  test(
    'is gone when it is removed, and begins anew with the next member',
    async (scene) => {
      const news = await scene.channel()
      const group = news.group('audit', { from: 'latest' })
      const [worker, other] = [await begin(news, 'audit'), await begin(news, 'other')]
      await news.publish(['1', '2'], KEPT)
      const [held] = await worker.claim(1)
      assert.equal((await group.apply({ kind: 'remove' })).changed, 1)
      assert.equal(await group.stats(), undefined)
      assert.deepEqual(await group.list({ state: 'dead', limit: 10 }), [])
      assert.deepEqual(await group.extend([held!.lease], 30_000), ['lost'])
      for (const kind of ['pause', 'resume', 'remove'] as const) {
        assert.deepEqual(await group.apply({ kind }), { changed: 0, absent: true })
      }
      const { began, claimed } = await member(news.group('audit', { from: 'earliest' })).turn({ want: 10 })
      assert.deepEqual([began, claimed.length], [true, 2])
      assert.equal((await member(group).turn({ want: 10 })).began, undefined)
      assert.deepEqual(await worker.settle({ kind: 'complete', lease: held!.lease }), [0])
      assert.deepEqual(await consumeAll(other), ['1', '2'])
    },
    NEEDS,
  )

  test(
    'refuses every call when it is closed',
    async (scene) => {
      const storage = await scene.open()
      const group = storage.channel('news').group('audit', { from: 'latest' })
      const turn = member(group).next({ want: 1 })
      await group.settleAndClaim(turn)
      await storage.close()
      const calls: Record<string, () => Promise<unknown>> = {
        settleAndClaim: () => group.settleAndClaim(turn),
        extend: () => group.extend(['1.1'], 1_000),
        listen: () => group.listen(() => undefined),
        stats: () => group.stats(),
        list: () => group.list({ state: 'dead', limit: 1 }),
        apply: () => group.apply({ kind: 'pause' }),
        publish: () => storage.channel('news').publish(['1'], KEPT),
      }
      for (const call of Object.values(calls)) await assertCode(call(), 'closed')
    },
    NEEDS,
  )

  test(
    'refuses what is out of bounds, and a turn older than the last of its lane, and does nothing',
    async (scene) => {
      const news = await scene.channel()
      const worker = await begin(news, 'audit')
      const group = news.group('audit', { from: 'latest' })
      await news.publish(numbered(3), KEPT)
      for (const turn of [
        { want: -1 },
        { want: 1_001 },
        { want: 0.5 },
        { leaseMs: Number.NaN },
        { seq: -1, want: 1 },
      ]) {
        await assertRefused(worker.turn(turn))
      }
      const retry = { kind: 'retry', lease: '1.1', delayMs: Number.NaN, charge: false } as const
      await assertRefused(worker.turn({ want: 1, settlements: [retry] }))
      await assertRefused(worker.turn({ want: 1, settlements: [{ kind: 'no' as 'release', lease: '1.1' }] }))
      await assertRefused(group.list({ state: 'dead', limit: 1_001 }))
      await assertGroupStats(group, { unread: 3 })
      const old = worker.next({ want: 1 })
      await worker.turn({ want: 1 })
      await assertRefused(group.settleAndClaim(old))
      await assertGroupStats(group, { unread: 2, running: 1 })
    },
    NEEDS,
  )
}
