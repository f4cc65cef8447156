import assert from 'node:assert/strict'
import { begin, bodies, bodiesOf, buryAll, consumeAll, deadOf, dying, KEPT, member } from '../../port-group.ts'
import type { Test } from '../../topic.ts'

const NEEDS = { capability: 'groups' } as const
const NOW = { delayMs: 0 }
const FROM = { from: 'latest' } as const

export function groupRedriving(test: Test): void {
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
        { n: '1', delayMs: 2_000 },
        { n: '2', delayMs: 0 },
      ]
      await group.apply({ kind: 'redrive', tasks })
      assert.equal((await group.stats())?.delayed, 1)
      assert.deepEqual(await bodies(worker), ['3', '2', '4'])
      const { nextDueInMs } = await worker.turn({ want: 1 })
      assert.ok(nextDueInMs! > 0 && nextDueInMs! <= 2_000, `${nextDueInMs}`)
      await scene.pass(2_050)
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
}
