import assert from 'node:assert/strict'
import { begin, bodies, consumeAll, KEPT, member, numbered } from '../../port-group.ts'
import type { Test } from '../../topic.ts'

export function channelObliterate(test: Test): void {
  test('begins a channel anew, whose subscribers go on', async (scene) => {
    const news = await scene.channel()
    const heard: string[] = []
    await news.subscribe({
      onFrame: (frame) => heard.push(...frame.bodies),
      onMalformed: () => assert.fail('a frame that nobody can read'),
      onInterruption: () => undefined,
    })
    const before = await news.publish(['1', '2'])
    await news.obliterate({ force: true })
    await news.obliterate({ force: true })
    const after = await news.publish(['3'])
    assert.equal(after.n, 1)
    assert.notEqual(after.epoch, before.epoch)
    await scene.eventually(() => heard.length === 3, 'three messages')
    assert.deepEqual(heard, ['1', '2', '3'])
  })

  test(
    'leaves nothing of what a channel kept, and of its groups',
    async (scene) => {
      const news = await scene.channel()
      const worker = await begin(news, 'audit')
      for (let i = 0; i < 150; i++) await begin(news, `group-${i}`)
      await news.publish(numbered(10), KEPT)
      const [held, dead, again] = await worker.claim(5)
      await worker.settle(
        { kind: 'bury', lease: dead!.lease, reason: 'bad', detail: '', charge: true },
        { kind: 'retry', lease: again!.lease, delayMs: 60_000, charge: true },
      )
      await news.obliterate({ force: true })
      const group = news.group('audit', { from: 'earliest' })
      for (const name of ['audit', 'group-0', 'group-149']) {
        assert.equal(await news.group(name, { from: 'latest' }).stats(), undefined)
      }
      assert.deepEqual(await group.list({ state: 'dead', limit: 10 }), [])
      assert.deepEqual(await group.extend([held!.lease], 30_000), ['lost'])
      const { began, claimed } = await member(group).turn({ want: 10 })
      assert.deepEqual([began, claimed], [true, []])
      assert.deepEqual(await worker.settle({ kind: 'complete', lease: held!.lease }), [0])
      await news.publish(['new'], KEPT)
      assert.deepEqual(await consumeAll(member(group)), ['new'])
      assert.deepEqual(await bodies(member(news.group('other', { from: 'earliest' }))), ['new'])
    },
    { capability: 'groups' },
  )

  test(
    'does nothing while members of a group hold messages or wait for some, unless it is forced',
    async (scene) => {
      const news = await scene.channel()
      const [busy, idle] = [await begin(news, 'busy'), await begin(news, 'idle')]
      await news.publish(['1'], KEPT)
      const [held] = await busy.claim(1)
      assert.equal(await news.obliterate({ force: false }), 'messages')
      await busy.settle({ kind: 'complete', lease: held!.lease })
      assert.deepEqual(await consumeAll(idle), ['1'])
      const group = news.group('idle', { from: 'latest' })
      const listening = await group.listen(() => undefined)
      await idle.waitForWork()
      assert.equal(await news.obliterate({ force: false }), 'members')
      assert.equal((await group.stats())?.unread, 0)
      await idle.turn({ last: true })
      await listening.close()
      assert.equal(await news.obliterate({ force: false }), undefined)
      assert.equal(await group.stats(), undefined)
    },
    { capability: 'groups' },
  )
}
