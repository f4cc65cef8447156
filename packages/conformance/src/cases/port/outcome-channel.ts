import type { OutcomeLimits } from '@mq/core'
import { parseOutcomeBody } from '@mq/core/adapter'
import assert from 'node:assert/strict'
import { member } from '../../port-group.ts'
import { addKeeping, endsOf, KEEPS_OUTCOMES, kept } from '../../port-outcomes.ts'
import type { Test } from '../../topic.ts'

export function outcomeChannel(test: Test): void {
  test(
    'reaches listeners as messages of a channel, in order, and a member of a group that sleeps',
    kept(async (queue, source, scene) => {
      const bodies: string[] = []
      await source.subscribe({
        onFrame: (frame) => void bodies.push(...frame.bodies),
        onMalformed: () => undefined,
        onInterruption: () => undefined,
      })
      const group = source.group('audit', { from: 'latest' })
      const heard: string[] = []
      await group.listen(({ kind }) => void heard.push(kind))
      await member(group).waitForWork()
      const [a, b, c] = await addKeeping(queue, { payload: '1', id: 'ä€😀' }, '2', '3')
      const worker = queue.worker()
      const claimed = await worker.claim()
      await worker.settle(
        ...claimed.map(({ lease, n }) => ({
          kind: 'complete' as const,
          lease,
          id: n === a ? 'ä€😀' : undefined,
          result: n === b ? '"é€😀"' : '"plain"',
        })),
      )
      await scene.eventually(() => bodies.length === 3 && heard.includes('work'), 'three messages and a hint')
      assert.deepEqual(
        bodies.map((body) => [
          parseOutcomeBody(body)!.n,
          parseOutcomeBody(body)!.id,
          parseOutcomeBody(body)!.outcome.body,
        ]),
        [
          [a, 'ä€😀', '"plain"'],
          [b, undefined, '"é€😀"'],
          [c, undefined, '"plain"'],
        ],
      )
      const { n } = await source.mark()
      assert.equal(n, 3)
      assert.deepEqual(await source.groups(), ['audit'])
      const heardByQueue = await queue.hear()
      assert.equal(heardByQueue.count('work'), 0)
    }),
    KEEPS_OUTCOMES,
  )

  test(
    'is apart from a channel of the same name, and goes with its queue',
    kept(async (queue, source, scene) => {
      const channel = await scene.channel('tasks')
      await channel.publish(['a'], { maxCount: 10, unreadFactor: 10, groupExpiresMs: 604_800_000 })
      await addKeeping(queue, '1')
      const { lease } = await queue.worker().claimOne()
      await queue.worker().settle({ kind: 'complete', lease })
      assert.equal((await endsOf(source)).length, 1)
      assert.deepEqual(await channel.groups(), [])
      await queue.driver.apply({ kind: 'obliterate', force: true })
      assert.deepEqual(await source.groups(), [])
      assert.deepEqual(await endsOf(source, 'other'), [])
      assert.equal((await channel.mark()).n, 1)
      await queue.add('2')
      await queue.worker().settle({ kind: 'complete', lease: (await queue.worker().claimOne()).lease })
      assert.deepEqual(await endsOf(source, 'other'), [])
    }),
    KEEPS_OUTCOMES,
  )

  test(
    'drops a group that had no member for too long',
    kept(async (queue, source, scene) => {
      const limits: OutcomeLimits = { maxCount: 10, unreadFactor: 10, groupExpiresMs: 60_000 }
      await member(source.group('gone', { from: 'earliest' })).claim(1)
      await scene.pass(120_000)
      const worker = queue.worker()
      for (let i = 0; i < 3; i++) {
        await queue.offer(['1'])
        const { lease } = await worker.claimOne()
        await worker.turn({ settlements: [{ kind: 'complete', lease }], outcomes: limits })
      }
      await scene.eventually(async () => (await source.groups()).length === 0, 'no group')
    }),
    { ...KEEPS_OUTCOMES, longTime: true },
  )
}
