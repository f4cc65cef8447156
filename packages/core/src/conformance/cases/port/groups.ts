import assert from 'node:assert/strict'
import type { ChannelDriver } from '../../../ports/channel-driver.ts'
import type { GroupDriver, GroupStart } from '../../../ports/group-driver.ts'
import { payloadsOf, PortWorker } from '../../port-queue.ts'
import type { Test } from '../../topic.ts'

/** Far more than any case publishes. */
const KEPT = { maxCount: 100_000, unreadFactor: 10, groupExpiresMs: 604_800_000 }
const NEEDS = { capability: 'groups' } as const

function member(group: GroupDriver): PortWorker {
  return new PortWorker(group)
}

/** What a group delivers is "epoch n body". */
async function bodies(worker: PortWorker, want = 100): Promise<string[]> {
  return payloadsOf(await worker.claim(want)).map((payload) => payload.slice(payload.lastIndexOf(' ') + 1))
}

/** A channel with a group that exists: a group begins with its first turn. */
async function begin(channel: ChannelDriver, name: string): Promise<PortWorker> {
  const worker = member(channel.group(name, { from: 'latest' }))
  assert.deepEqual(await bodies(worker), [])
  return worker
}

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
}
