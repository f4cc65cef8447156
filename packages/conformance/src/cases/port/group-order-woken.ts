import assert from 'node:assert/strict'
import type { ChannelDriver } from '@mq/core'
import { bodiesOf, KEPT, member } from '../../port-group.ts'
import { beginOrdered, KeyedMember, orderedGroup } from '../../port-ordered.ts'
import type { Scene } from '../../scene.ts'
import type { Test } from '../../topic.ts'

const NEEDS = { capability: 'groups' } as const
/** Two of them are not ahead in one reply. */
const LARGE = '1'.repeat(40_000)

/** Who is told that a message of an ordered group may be given, and who is not. */
export function groupOrderWoken(test: Test): void {
  test(
    'wakes another member when one key is let through that it does not take itself',
    async (scene) => {
      const news = await scene.channel()
      const worker = await beginOrdered(news)
      await news.publish(['a1', 'a2'], KEPT)
      const [first] = await worker.claim()
      const sleeper = await fallAsleep(scene)
      await worker.complete(first!)
      await scene.eventually(sleeper.isWoken, 'a hint that there is work')
      assert.deepEqual(await sleeper.member.bodies(), ['a2'])
    },
    NEEDS,
  )

  test(
    'wakes another member when one takes all it wants, and more follows in the channel',
    async (scene) => {
      const news = await scene.channel()
      const worker = await beginOrdered(news)
      await news.publish([`a${LARGE}`, `b${LARGE}`], KEPT)
      assert.equal((await worker.turn({ want: 1 })).ahead?.length, 1)
      const sleeper = await fallAsleep(scene)
      assert.equal((await worker.turn({ want: 1 })).claimed.length, 1)
      await scene.eventually(sleeper.isWoken, 'a hint that there is work')
      assert.equal((await sleeper.member.claim(1)).length, 1)
    },
    NEEDS,
  )

  test(
    'wakes another member when one tells keys, and takes nothing itself',
    async (scene) => {
      const news = await scene.channel()
      const worker = await beginOrdered(news)
      await news.publish(['a1'], KEPT)
      const [first] = await worker.claim()
      await news.publish(['b1'], KEPT)
      assert.equal((await worker.turn({ want: 1 })).ahead?.length, 1)
      const sleeper = await fallAsleep(scene)
      await worker.turn({ settlements: [{ kind: 'complete', lease: first!.lease }], want: 0 })
      await scene.eventually(sleeper.isWoken, 'a hint that there is work')
      assert.deepEqual(await sleeper.member.bodies(), ['b1'])
    },
    NEEDS,
  )

  test(
    'lets a member without keys sleep, whatever is to be recovered',
    async (scene) => {
      const news = await scene.channel()
      const worker = await beginOrdered(news)
      const plain = member(orderedGroup(news))
      await news.publish(['a1', 'b1'], KEPT)
      const claimed = await worker.claim(2, { leaseMs: 1_000 })
      assert.deepEqual(bodiesOf(claimed), ['a1', 'b1'])
      await scene.pass(1_050)
      const { ordered, nextDueInMs = Number.POSITIVE_INFINITY } = await plain.turn({ want: 1, awaitWork: true })
      assert.ok(ordered && nextDueInMs > 1_000, `${nextDueInMs} ms`)
      assert.deepEqual(await worker.bodies(), ['a1', 'b1'])
    },
    NEEDS,
  )
}

/** A member of another process, which the storage knows as asleep, whatever is ahead. */
async function fallAsleep(scene: Scene): Promise<{ readonly member: KeyedMember; readonly isWoken: () => boolean }> {
  const there: ChannelDriver = await scene.channelElsewhere()
  let woken = false
  await orderedGroup(there).listen((hint) => (woken ||= hint.kind === 'work'))
  const sleeper = new KeyedMember(orderedGroup(there))
  assert.deepEqual((await sleeper.turn({ want: 1, awaitWork: true })).claimed, [])
  woken = false
  return { member: sleeper, isWoken: () => woken }
}
