import { DEFAULT_KEEP } from '@mq/core'
import type { ChannelDriver, GroupDriver } from '@mq/core'
import assert from 'node:assert/strict'
import { begin, bodies, bodiesOf, consumeAll, KEPT, member, numbered } from '../../port-group.ts'
import type { PortWorker } from '../../port-queue.ts'
import { assertRefused } from '../../port-queue.ts'
import type { Test } from '../../topic.ts'

const NEEDS = { capability: 'groups' } as const
const NOW = { delayMs: 0 }
const FROM = { from: 'latest' } as const

async function buryAll(worker: PortWorker): Promise<void> {
  const claimed = await worker.claim()
  await worker.settle(
    ...claimed.map(({ lease }) => ({ kind: 'bury', lease, reason: 'bad', detail: '', charge: true }) as const),
  )
}

/** A group that has given up the messages 1 to `count`. */
async function dying(channel: ChannelDriver, count: number): Promise<{ group: GroupDriver; worker: PortWorker }> {
  const worker = await begin(channel, 'audit')
  await channel.publish(numbered(count), KEPT)
  await buryAll(worker)
  return { group: channel.group('audit', FROM), worker }
}

async function deadOf(group: GroupDriver): Promise<string[]> {
  return (await group.list({ state: 'dead', limit: 100 })).map(({ n }) => n)
}

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
    'redrives: a new life with its number and text, failures and crashes from 0',
    async (scene) => {
      const news = await scene.channel()
      const worker = await begin(news, 'audit')
      await news.publish(['1', '2'], KEPT)
      await worker.claim(2, { leaseMs: 1_000 })
      await scene.pass(1_050)
      const before = await worker.claim(2)
      for (const { lease } of before) {
        await worker.settle({ kind: 'bury', lease, reason: 'bad', detail: '', charge: true })
      }
      const group = news.group('audit', FROM)
      const tasks = before.map(({ n }) => ({ n, ...NOW }))
      assert.deepEqual(await group.apply({ kind: 'redrive', tasks }), { changed: 2, refused: [] })
      const after = await worker.claim()
      assert.deepEqual(
        after.map(({ n, payload, enqueuedAt, failures, crashes }) => [n, payload, enqueuedAt, failures, crashes]),
        before.map(({ n, payload, enqueuedAt }) => [n, payload, enqueuedAt, 0, 0]),
      )
      assert.ok(before.every(({ crashes }) => crashes === 1))
      await worker.settle(...after.map(({ lease }) => ({ kind: 'complete', lease }) as const))
      assert.deepEqual(
        { ...(await group.stats()) },
        { ...(await group.stats()), dead: 0, running: 0, returned: 0, lost: 0 },
      )
      assert.deepEqual(await consumeAll(worker), [])
    },
    NEEDS,
  )

  test(
    'gives a redriven message a lease that no member had before',
    async (scene) => {
      const news = await scene.channel()
      const zombie = await begin(news, 'audit')
      await news.publish(['1'], KEPT)
      const group = news.group('audit', FROM)
      const old: string[] = []
      let fence = 0
      for (let life = 0; life < 3; life++) {
        const task = await zombie.claimOne()
        assert.ok(!old.includes(task.lease) && task.fence > fence, `${task.lease} is new`)
        fence = task.fence
        assert.deepEqual(
          await zombie.settle(...old.map((lease) => ({ kind: 'complete', lease }) as const)),
          old.map((_, at) => at),
        )
        assert.deepEqual(await group.extend([...old, task.lease], 30_000), [...old.map(() => 'lost'), 'held'])
        old.push(task.lease)
        await zombie.settle({ kind: 'bury', lease: task.lease, reason: 'bad', detail: '', charge: true })
        assert.equal((await group.apply({ kind: 'redrive', tasks: [{ n: task.n, ...NOW }] })).changed, 1)
      }
    },
    NEEDS,
  )

  test(
    'redrives each letter when it is due, behind what came back',
    async (scene) => {
      const news = await scene.channel()
      const { group, worker } = await dying(news, 2)
      await news.publish(['3', '4'], KEPT)
      await worker.settle({ kind: 'release', lease: (await worker.claimOne()).lease })
      const tasks = [
        { n: '1', delayMs: 500 },
        { n: '2', delayMs: 0 },
      ]
      await group.apply({ kind: 'redrive', tasks })
      assert.equal((await group.stats())?.delayed, 1)
      assert.deepEqual(await bodies(worker), ['3', '2', '4'])
      const { nextDueInMs } = await worker.turn({ want: 1 })
      assert.ok(nextDueInMs! > 0 && nextDueInMs! <= 500, `${nextDueInMs}`)
      await scene.pass(550)
      assert.deepEqual(await bodies(worker), ['1'])
    },
    NEEDS,
  )

  test(
    'redrives a message that the channel dropped meanwhile',
    async (scene) => {
      const news = await scene.channel()
      const { group, worker } = await dying(news, 2)
      await news.publish(['3', '4', '5'], { ...KEPT, maxCount: 1, unreadFactor: 1 })
      const tasks = [{ n: '2', ...NOW }]
      assert.equal((await group.apply({ kind: 'redrive', tasks })).changed, 1)
      const [again] = await worker.claim(1, { leaseMs: 1_000 })
      assert.deepEqual(bodiesOf([again!]), ['2'])
      await scene.pass(1_050)
      assert.deepEqual((await bodies(worker))[0], '2')
    },
    NEEDS,
  )

  test(
    'wakes an idle member for a redriven message, but not while the group is paused',
    async (scene) => {
      const { group } = await dying(await scene.channel(), 2)
      const there = (await scene.channelElsewhere()).group('audit', FROM)
      let woken = 0
      await there.listen((hint) => (woken += hint.kind === 'work' ? 1 : 0))
      const idle = member(there)
      await idle.waitForWork()
      await group.apply({ kind: 'redrive', tasks: [{ n: '1', ...NOW }] })
      await scene.eventually(() => woken > 0, 'a hint that there is work')
      assert.deepEqual(await bodies(idle), ['1'])
      await group.apply({ kind: 'pause' })
      await group.apply({ kind: 'redrive', tasks: [{ n: '2', ...NOW }] })
      assert.deepEqual(await bodies(idle), [])
      await group.apply({ kind: 'resume' })
      assert.deepEqual(await bodies(idle), ['2'])
    },
    NEEDS,
  )

  test(
    'redrives a letter once, and says of which nothing was done',
    async (scene) => {
      const news = await scene.channel()
      const { group, worker } = await dying(news, 1)
      await news.publish(['2'], KEPT)
      const tasks = ['1', '2', '77', '1'].map((n) => ({ n, ...NOW }))
      const redrive = { kind: 'redrive', tasks } as const
      assert.deepEqual(await group.apply(redrive), { changed: 1, refused: [1, 2, 3] })
      assert.deepEqual(await group.apply(redrive), { changed: 0, refused: [0, 1, 2, 3] })
      assert.deepEqual(await consumeAll(worker), ['1', '2'])
      const nobody = news.group('nobody', FROM)
      assert.deepEqual(await nobody.apply(redrive), { changed: 0, refused: [0, 1, 2, 3] })
      assert.deepEqual(await nobody.apply({ kind: 'discard', tasks: ['1'] }), { changed: 0 })
    },
    NEEDS,
  )

  test(
    'redrives the letter that is meant, not what died again since',
    async (scene) => {
      const { group, worker } = await dying(await scene.channel(), 1)
      const [letter] = await group.list({ state: 'dead', limit: 1 })
      const redrive = { kind: 'redrive', tasks: [{ n: '1', diedAt: letter!.diedAt, ...NOW }] } as const
      await scene.pass(5)
      assert.equal((await group.apply(redrive)).changed, 1)
      await buryAll(worker)
      assert.deepEqual(await group.apply(redrive), { changed: 0, refused: [0] })
      assert.deepEqual(await deadOf(group), ['1'])
    },
    NEEDS,
  )

  test(
    'redrives no message that the group reads again anyway, until it is done with it',
    async (scene) => {
      const { group, worker } = await dying(await scene.channel(), 3)
      const redrive = { kind: 'redrive', tasks: [{ n: '2', ...NOW }] } as const
      const refused = { changed: 0, refused: [0] }
      await group.apply({ kind: 'seek', to: 'earliest' })
      assert.deepEqual(await group.apply(redrive), refused)
      const [one, two] = await worker.claim(2)
      await worker.settle({ kind: 'complete', lease: one!.lease })
      assert.deepEqual(await group.apply(redrive), refused)
      await worker.settle({ kind: 'retry', lease: two!.lease, delayMs: 0, charge: true })
      assert.deepEqual(await group.apply(redrive), refused)
      const [again, three] = await worker.claim(2)
      assert.deepEqual(await group.apply(redrive), refused)
      await worker.settle({ kind: 'complete', lease: again!.lease })
      assert.deepEqual(await group.apply(redrive), { changed: 1, refused: [] })
      assert.deepEqual(bodiesOf([three!]), ['3'])
      assert.deepEqual(await consumeAll(worker), ['2'])
      assert.equal((await group.stats())?.lost, 0)
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
