import { bury, defineChannel, retry } from '@mq/core'
import assert from 'node:assert/strict'
import type { Test } from '../../topic.ts'
import { gate, wholeNumber } from '../../values.ts'

const NEEDS = { capability: 'groups' } as const
const numbers = defineChannel({ name: 'numbers', message: wholeNumber, history: { maxCount: 1_000 } })

export function explainingGroups(test: Test): void {
  test(
    'says why a message of a group is not delivered',
    async (scene) => {
      const channel = scene.broker().channel(numbers)
      const first = await channel.publish(1)
      const group = scene.broker().channel(numbers).group('audit')
      assert.equal((await group.explain()).because, 'unknown-group')
      assert.equal((await group.explain(first)).because, 'unknown-group')

      const held = gate()
      const member = await scene.during(
        channel.consume(
          'audit',
          ({ payload }) => (payload === 2 ? bury('no such account') : payload === 3 ? held.promise : undefined),
          { concurrency: 1 },
        ),
      )
      const because = async (n?: number): Promise<string> => {
        return (await group.explain(n === undefined ? undefined : { ...first, n })).because
      }
      await scene.eventually(async () => (await because()) === 'caught-up', 'a group that has caught up')
      assert.deepEqual([await because(1), await because(2)], ['delivered', 'not-published'])

      await channel.publish(2)
      await scene.eventually(async () => (await because(2)) === 'dead', 'a dead letter')
      assert.match((await group.explain({ ...first, n: 2 })).text, /no such account/)

      await channel.publishAll([3, 4, 5].map((message) => ({ message })))
      await scene.eventually(async () => (await group.stats()).running > 0, 'a message in hand')
      assert.equal(await because(3), 'in-hand')
      const { facts, text } = await group.explain({ ...first, n: 3 })
      assert.deepEqual([facts.members, facts.concurrency, facts.newest?.n], [1, 1, 5])
      assert.match(text, /read up to [345]/)
      await group.pause()
      await channel.publish(6)
      assert.equal(await because(6), 'paused')
      assert.match((await group.explain({ ...first, n: 3 })).text, /The group is paused\.$/)
      held.open()
      await scene.during(member.close())
      await group.resume()
      await scene.eventually(async () => (await because(6)) === 'no-member', 'a group without a member')
    },
    NEEDS,
  )

  test(
    'says why a group delivers nothing, and refuses what is not a position',
    async (scene) => {
      const channel = scene.broker().channel(numbers)
      const group = channel.group('audit')
      await scene.during(channel.consume('audit', () => retry({ delayMs: 3_600_000 })))
      await channel.publish(1)
      await scene.eventually(async () => (await group.explain()).because === 'backing-off', 'a retry')
      for (const position of [{ epoch: 'x', n: -1 }, { epoch: '', n: 1 }, 7, null]) {
        await assert.rejects(group.explain(position as never), { code: 'invalid-options' })
      }
    },
    NEEDS,
  )
}
