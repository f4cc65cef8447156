import assert from 'node:assert/strict'
import { assertGroupStats, begin, bodies, consumeAll, KEPT, numbered } from '../../port-group.ts'
import type { Test } from '../../topic.ts'

const NEEDS = { capability: 'groups' } as const

export function groupSeeking(test: Test): void {
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
      await assertGroupStats(group, { unread: 3 })
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
      await assertGroupStats(group, {})
    },
    NEEDS,
  )

  test(
    'seeks by time',
    async (scene) => {
      const news = await scene.channel()
      const worker = await begin(news, 'audit')
      await news.publish(['old'], KEPT)
      await scene.pass(1_500)
      await news.publish(['new'], KEPT)
      await news.group('audit', { from: 'latest' }).apply({ kind: 'seek', to: { sinceMs: 1_200 } })
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
}
