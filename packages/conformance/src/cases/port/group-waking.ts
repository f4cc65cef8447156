import type { ClaimedTask, GroupDriver, Settlement } from '@mq/core'
import assert from 'node:assert/strict'
import { begin, bodies, KEPT, member } from '../../port-group.ts'
import type { Scene } from '../../scene.ts'
import type { Test } from '../../topic.ts'

const NEEDS = { capability: 'groups' } as const

/** A further participant's member that sleeps; returns whether it was woken. */
async function sleeper(scene: Scene): Promise<{ readonly group: GroupDriver; woken(): boolean }> {
  const group = (await scene.channelElsewhere()).group('audit', { from: 'latest' })
  let woken = false
  await group.listen((hint) => (woken ||= hint.kind === 'work'))
  await member(group).waitForWork()
  return { group, woken: () => woken }
}

export function groupWaking(test: Test): void {
  test(
    'wakes an idle member when a message is published',
    async (scene) => {
      const news = await scene.channel()
      const group = (await scene.channelElsewhere()).group('audit', { from: 'latest' })
      let woken = false
      await group.listen((hint) => (woken ||= hint.kind === 'work'))
      await member(group).waitForWork()
      await news.publish(['1'], KEPT)
      await scene.eventually(() => woken, 'a hint that there is work')
    },
    NEEDS,
  )

  test(
    'sends hints to a participant, whichever handle of the group it listens with',
    async (scene) => {
      const news = await scene.channel()
      const there = await scene.channelElsewhere()
      let woken = false
      await there.group('audit', { from: 'latest' }).listen((hint) => (woken ||= hint.kind === 'work'))
      await member(there.group('audit', { from: 'earliest' })).waitForWork()
      await news.publish(['1'], KEPT)
      await scene.eventually(() => woken, 'a hint that there is work')
    },
    NEEDS,
  )

  test(
    'wakes a further member when one could not take all',
    async (scene) => {
      const news = await scene.channel()
      const [here, there] = [await scene.channelElsewhere(), await scene.channelElsewhere()]
      const groups = [here, there].map((channel) => channel.group('audit', { from: 'latest' }))
      const woken = [0, 0]
      await Promise.all(groups.map((group, i) => group.listen((hint) => (woken[i]! += hint.kind === 'work' ? 1 : 0))))
      const members = groups.map(member)
      for (const each of members) await each.waitForWork()
      await news.publish(['1', '2'], KEPT)
      await scene.eventually(() => woken[0]! + woken[1]! > 0, 'a hint')
      const first = woken[0]! > 0 ? 0 : 1
      assert.deepEqual(await bodies(members[first]!, 1), ['1'])
      await scene.eventually(() => woken[1 - first]! > 0, 'a hint to the other')
      assert.deepEqual(await bodies(members[1 - first]!), ['2'])
    },
    NEEDS,
  )

  test(
    'wakes a further member when one that heard of a message neither claims nor settles',
    async (scene) => {
      const news = await scene.channel()
      const sleepers = [await sleeper(scene), await sleeper(scene)]
      await news.publish(['1'], KEPT)
      await scene.eventually(() => sleepers.some(({ woken }) => woken()), 'a hint')
      const passing = member(sleepers[0]!.group)
      // The member that got the hint may still count as asleep: then it gets the hint again.
      await scene.eventually(async () => {
        await passing.turn()
        return sleepers.every(({ woken }) => woken())
      }, 'a hint to the other')
    },
    NEEDS,
  )

  const comesBack: [string, (task: ClaimedTask) => Settlement][] = [
    ['released', ({ lease }) => ({ kind: 'release', lease })],
    ['retried at once', ({ lease }) => ({ kind: 'retry', lease, delayMs: 0, charge: true })],
  ]
  for (const [how, settlement] of comesBack) {
    test(
      `wakes an idle member when a message is ${how}`,
      async (scene) => {
        const news = await scene.channel()
        const worker = await begin(news, 'audit')
        await news.publish(['1'], KEPT)
        const task = await worker.claimOne()
        const { woken } = await sleeper(scene)
        await worker.settle(settlement(task))
        await scene.eventually(woken, 'a hint that there is work')
      },
      NEEDS,
    )
  }

  test(
    'wakes members of every group, and none of a group that sleeps no more',
    async (scene) => {
      const news = await scene.channel()
      const woken: Record<string, number> = { one: 0, two: 0 }
      for (const name of Object.keys(woken)) {
        const group = (await scene.channelElsewhere()).group(name, { from: 'latest' })
        await group.listen((hint) => (woken[name]! += hint.kind === 'work' ? 1 : 0))
        await member(group).waitForWork()
      }
      await news.publish(['1'], KEPT)
      await scene.eventually(() => woken['one'] === 1 && woken['two'] === 1, 'a hint to each group')
      await news.publish(['2'], KEPT)
      await scene.pass(20)
      assert.deepEqual(woken, { one: 1, two: 1 })
    },
    NEEDS,
  )
}
