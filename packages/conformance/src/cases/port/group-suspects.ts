import type { ChannelDriver } from '@mq/core'
import assert from 'node:assert/strict'
import { begin, bodies, bodiesOf, consumeAll, KEPT, member, numbered } from '../../port-group.ts'
import type { PortWorker } from '../../port-queue.ts'
import type { Scene } from '../../scene.ts'
import type { Test } from '../../topic.ts'

const NEEDS = { capability: 'groups' } as const

/** A group with so many messages, each of which lost one lease. */
async function lostOnce(scene: Scene, count: number): Promise<{ news: ChannelDriver; worker: PortWorker }> {
  const news = await scene.channel()
  const worker = await begin(news, 'audit')
  await news.publish(numbered(count), KEPT)
  assert.equal((await worker.claim(count, { leaseMs: 1_000 })).length, count)
  await scene.pass(1_050)
  return { news, worker }
}

export function groupSuspects(test: Test): void {
  test(
    'steps over messages that lost so many leases, and says so',
    async (scene) => {
      const { news, worker } = await lostOnce(scene, 2)
      await news.publish(numbered(2, 3), KEPT)
      const { claimed, suspects } = await worker.turn({ want: 1, suspectFrom: 1 })
      assert.deepEqual([bodiesOf(claimed), suspects], [['3'], true])
      assert.deepEqual(bodiesOf(await worker.claim(10, { suspectFrom: 1 })), ['4'])
      const { claimed: none, suspects: still } = await worker.turn({ want: 10, suspectFrom: 1 })
      assert.deepEqual([none, still], [[], true])
      const stats = await news.group('audit', { from: 'latest' }).stats()
      assert.deepEqual([stats?.returned, stats?.running, stats?.unread], [2, 2, 0])
    },
    NEEDS,
  )

  test(
    'gives them first to a turn that takes any, in their order, and steps over what comes back of them',
    async (scene) => {
      const { news, worker } = await lostOnce(scene, 300)
      await news.publish(['new'], KEPT)
      assert.deepEqual(bodiesOf(await worker.claim(1, { suspectFrom: 1 })), ['new'])
      const [first] = await worker.claim(1)
      assert.deepEqual(bodiesOf([first!]), ['1'])
      await worker.settle({ kind: 'release', lease: first!.lease })
      await news.publish(['newer'], KEPT)
      assert.deepEqual(bodiesOf(await worker.claim(10, { suspectFrom: 1 })), ['newer'])
      assert.deepEqual(bodiesOf(await worker.claim(1_000)), [...numbered(299, 2), '1'])
    },
    NEEDS,
  )

  test(
    'takes more than a turn suspects for one of the others',
    async (scene) => {
      const { worker } = await lostOnce(scene, 1)
      const { claimed, suspects } = await worker.turn({ want: 10, suspectFrom: 2 })
      assert.deepEqual([bodiesOf(claimed), suspects], [['1'], undefined])
    },
    NEEDS,
  )

  test(
    'charges a message that was not started with the first lost lease, and with no other',
    async (scene) => {
      const { news, worker } = await lostOnce(scene, 2)
      const group = news.group('audit', { from: 'latest' })
      for (const [crashes, starts] of [
        [1, false],
        [1, true],
        [2, false],
        [2, false],
      ] as const) {
        const [task, other] = await worker.claim(2, { leaseMs: 1_000 })
        assert.deepEqual([task!.crashes, other!.crashes], [crashes, 1])
        const start = { lease: task!.lease, kind: 'start', body: '' } as const
        if (starts) assert.deepEqual(await group.note([start, start]), [true, true])
        assert.deepEqual(await group.extend([task!.lease], 1_000), ['held'])
        await scene.pass(1_050)
      }
      const [task, other] = await worker.claim(2)
      const start = { lease: task!.lease, kind: 'start', body: '' } as const
      assert.deepEqual(await group.note([start]), [true])
      await worker.settle(
        { kind: 'release', lease: task!.lease },
        { kind: 'retry', lease: other!.lease, delayMs: 0, charge: true },
      )
      assert.deepEqual(await group.note([start]), [false])
      assert.deepEqual(await consumeAll(worker), ['1', '2'])
    },
    NEEDS,
  )

  test(
    'says of them also to a turn that claims nothing, and no more when another member took the last, or none are given',
    async (scene) => {
      const { news, worker } = await lostOnce(scene, 1)
      const group = news.group('audit', { from: 'latest' })
      await worker.turn({ want: 10, suspectFrom: 1 })
      assert.equal((await worker.turn({ suspectFrom: 1 })).suspects, true)
      await group.apply({ kind: 'pause' })
      assert.equal((await worker.turn({ suspectFrom: 1 })).suspects, undefined)
      await group.apply({ kind: 'resume' })
      assert.equal((await member(group).claim(1)).length, 1)
      assert.equal((await worker.turn({ suspectFrom: 1 })).suspects, undefined)
    },
    NEEDS,
  )

  test(
    'forgets those that it set aside when the group is sent elsewhere or removed',
    async (scene) => {
      const { news, worker } = await lostOnce(scene, 3)
      const group = news.group('audit', { from: 'earliest' })
      await worker.turn({ want: 10, suspectFrom: 1 })
      await group.apply({ kind: 'seek', to: 'earliest' })
      assert.deepEqual(await consumeAll(worker), ['1', '2', '3'])
      assert.equal((await group.stats())?.returned, 0)
      await group.apply({ kind: 'seek', to: 'earliest' })
      await worker.claim(3, { leaseMs: 1_000 })
      await scene.pass(1_050)
      await worker.turn({ want: 10, suspectFrom: 1 })
      await group.apply({ kind: 'remove' })
      assert.deepEqual(await bodies(member(group)), ['1', '2', '3'])
    },
    NEEDS,
  )

  test(
    'wakes another member for what it sets aside',
    async (scene) => {
      const { news, worker } = await lostOnce(scene, 1)
      const group = news.group('audit', { from: 'latest' })
      let woken = 0
      await group.listen((hint) => void (hint.kind === 'work' && woken++))
      await group.apply({ kind: 'pause' })
      await member(group).waitForWork()
      await group.apply({ kind: 'resume' })
      await scene.eventually(() => woken > 0, 'a hint of the resumption')
      await group.apply({ kind: 'pause' })
      await member(group).waitForWork()
      const before = woken
      await group.apply({ kind: 'resume' })
      await worker.turn({ want: 10, suspectFrom: 1 })
      await scene.eventually(() => woken > before, 'a hint that there is work')
    },
    NEEDS,
  )
}
