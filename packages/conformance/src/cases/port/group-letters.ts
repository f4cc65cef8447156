import { DEFAULT_KEEP } from '@mq/core'
import assert from 'node:assert/strict'
import { begin, bodies, buryAll, deadOf, dying, KEPT, numbered } from '../../port-group.ts'
import { assertRefused } from '../../port-queue.ts'
import type { Test } from '../../topic.ts'

const NEEDS = { capability: 'groups' } as const
const NOW = { delayMs: 0 }
const FROM = { from: 'latest' } as const

export function groupLetters(test: Test): void {
  test(
    'drops the oldest past a bound, counts them, and says so in a turn',
    async (scene) => {
      const news = await scene.channel()
      const worker = await begin(news, 'audit')
      await news.publish(numbered(5), KEPT)
      const keep = { ...DEFAULT_KEEP, dead: { ...DEFAULT_KEEP.dead, maxCount: 2 } }
      let dropped = 0
      for (const { lease } of await worker.claim()) {
        const settlements = [{ kind: 'bury', lease, reason: 'bad', detail: '' } as const]
        dropped += (await worker.turn({ settlements, keep })).deadDropped ?? 0
        await scene.pass(2)
      }
      const group = news.group('audit', FROM)
      const { dead, deadDropped } = (await group.stats())!
      assert.deepEqual([dead, deadDropped, dropped], [2, 3, 3])
      assert.deepEqual(await deadOf(group), ['5', '4'])
      const [full] = await group.list({ state: 'dead', limit: 1 })
      assert.deepEqual(await group.list({ state: 'dead', limit: 1, payloads: false }), [{ ...full, payload: '' }])
    },
    NEEDS,
  )

  test(
    'keeps one letter of a message that died twice',
    async (scene) => {
      const { group, worker } = await dying(await scene.channel(), 2)
      await group.apply({ kind: 'seek', to: 'earliest' })
      await scene.pass(5)
      await buryAll(worker)
      assert.deepEqual((await deadOf(group)).sort(), ['1', '2'])
      assert.equal((await group.stats())?.dead, 2)
    },
    NEEDS,
  )

  test(
    'discards dead letters for good',
    async (scene) => {
      const { group, worker } = await dying(await scene.channel(), 2)
      const discard = { kind: 'discard', tasks: ['1', '77'] } as const
      assert.deepEqual(await group.apply(discard), { changed: 1 })
      assert.deepEqual(await group.apply(discard), { changed: 0 })
      assert.deepEqual(await deadOf(group), ['2'])
      assert.equal((await group.apply({ kind: 'redrive', tasks: [{ n: '1', ...NOW }] })).changed, 0)
      assert.deepEqual(await bodies(worker), [])
    },
    NEEDS,
  )

  test(
    'refuses more than 1,000 letters at once, and negative delays, and does nothing',
    async (scene) => {
      const { group } = await dying(await scene.channel(), 1)
      const many = numbered(1_001)
      await assertRefused(group.apply({ kind: 'discard', tasks: many }))
      await assertRefused(group.apply({ kind: 'redrive', tasks: many.map((n) => ({ n, ...NOW })) }))
      await assertRefused(group.apply({ kind: 'redrive', tasks: [{ n: '1', delayMs: -1 }] }))
      await assertRefused(group.list({ state: 'dead', only: many, limit: 1 }))
      assert.deepEqual(await deadOf(group), ['1'])
    },
    NEEDS,
  )
}
