import type { GroupDriver, GroupStats } from '@mq/core'
import assert from 'node:assert/strict'
import { begin, bodies, consumeAll, KEPT, member, numbered } from '../../port-group.ts'
import { assertCode, assertRefused } from '../../port-queue.ts'
import type { Test } from '../../topic.ts'

const NEEDS = { capability: 'groups' } as const
const QUIET: GroupStats = {
  unread: 0,
  returned: 0,
  delayed: 0,
  running: 0,
  dead: 0,
  lost: 0,
  deadDropped: 0,
  paused: false,
}

async function assertStats(group: GroupDriver, expected: Partial<GroupStats>): Promise<void> {
  assert.deepEqual({ ...(await group.stats()) }, { ...QUIET, ...expected })
}

export function groupLife(test: Test): void {
  test(
    'counts what is unread, returned, delayed, running and dead',
    async (scene) => {
      const news = await scene.channel()
      const group = news.group('audit', { from: 'latest' })
      assert.equal(await group.stats(), undefined)
      const worker = await begin(news, 'audit')
      await news.publish(numbered(10), KEPT)
      await assertStats(group, { unread: 10 })
      const [a, b, c, d] = await worker.claim(5)
      await assertStats(group, { unread: 5, running: 5 })
      await worker.settle(
        { kind: 'complete', lease: a!.lease },
        { kind: 'release', lease: b!.lease },
        { kind: 'retry', lease: c!.lease, delayMs: 60_000, charge: true },
        { kind: 'bury', lease: d!.lease, reason: 'bad', detail: '', charge: true },
      )
      await assertStats(group, { unread: 5, running: 1, returned: 1, delayed: 1, dead: 1 })
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
      assert.equal((await group.apply({ kind: 'pause' })).changed, 1)
      await assertStats(group, { unread: 1, running: 1, paused: true })
      const settlements = [{ kind: 'retry', lease, delayMs: 0, charge: false }] as const
      const { stale, paused } = await worker.turn({ settlements })
      assert.deepEqual([stale, paused], [[], true])
      await scene.eventually(() => told, 'a hint of the pause')
      await member(group).waitForWork()
      assert.equal((await group.apply({ kind: 'resume' })).changed, 1)
      await scene.eventually(() => woken, 'a hint that there is work')
      assert.deepEqual(await bodies(worker), ['1', '2'])
    },
    NEEDS,
  )

  test(
    'reads on from where it is sent, and takes back what is held',
    async (scene) => {
      const news = await scene.channel()
      const group = news.group('audit', { from: 'latest' })
      const worker = await begin(news, 'audit')
      await news.publish(numbered(5), KEPT)
      const position = await news.publish(numbered(5, 6), KEPT)
      const [held, returned, delayed] = await worker.claim(10)
      await worker.settle(
        { kind: 'release', lease: returned!.lease },
        { kind: 'retry', lease: delayed!.lease, delayMs: 60_000, charge: true },
      )
      assert.equal((await group.apply({ kind: 'seek', to: { position: { ...position, n: 7 } } })).changed, 1)
      await assertStats(group, { unread: 3 })
      assert.deepEqual(await group.extend([held!.lease], 30_000), ['lost'])
      assert.deepEqual(await worker.settle({ kind: 'complete', lease: held!.lease }), [0])
      assert.deepEqual(await consumeAll(worker), numbered(3, 8))
      await group.apply({ kind: 'seek', to: 'earliest' })
      assert.deepEqual(await consumeAll(worker), numbered(10))
      await group.apply({ kind: 'seek', to: { sinceMs: 60_000 } })
      await group.apply({ kind: 'seek', to: 'latest' })
      assert.deepEqual(await consumeAll(worker), [])
      await group.apply({ kind: 'seek', to: { position: { epoch: '12345', n: 9 } } })
      assert.deepEqual(await consumeAll(worker), numbered(10))
      await assertStats(group, {})
    },
    NEEDS,
  )

  test(
    'seeks by time',
    async (scene) => {
      const news = await scene.channel()
      const worker = await begin(news, 'audit')
      await news.publish(['old'], KEPT)
      await scene.pass(400)
      await news.publish(['new'], KEPT)
      await news.group('audit', { from: 'latest' }).apply({ kind: 'seek', to: { sinceMs: 300 } })
      assert.deepEqual(await consumeAll(worker), ['new'])
    },
    NEEDS,
  )

  test(
    'finds any position among many messages',
    async (scene) => {
      const news = await scene.channel()
      const group = news.group('audit', { from: 'latest' })
      const worker = await begin(news, 'audit')
      let epoch = ''
      for (let first = 1; first <= 300; first += first % 7) {
        epoch = (await news.publish(numbered(first % 7, first), KEPT)).epoch
        if (first % 5 === 0) await scene.pass(2)
      }
      const newest = (await news.mark()).n
      for (let n = 0; n <= newest; n += 13) {
        await group.apply({ kind: 'seek', to: { position: { epoch, n } } })
        assert.equal((await group.stats())?.unread, newest - n)
        assert.deepEqual(await bodies(worker, 1), n === newest ? [] : [String(n + 1)])
        assert.equal((await group.stats())?.lost, 0)
      }
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
      for (const kind of ['pause', 'resume', 'remove'] as const) assert.equal((await group.apply({ kind })).changed, 0)
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
      await assertStats(group, { unread: 3 })
      const old = worker.next({ want: 1 })
      await worker.turn({ want: 1 })
      await assertRefused(group.settleAndClaim(old))
      await assertStats(group, { unread: 2, running: 1 })
    },
    NEEDS,
  )
}
