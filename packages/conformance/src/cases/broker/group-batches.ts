import { bury, defineChannel } from '@mq/core'
import type { Batch, Message } from '@mq/core'
import assert from 'node:assert/strict'
import type { Test } from '../../topic.ts'
import { wholeNumber } from '../../values.ts'

const NEEDS = { capability: 'groups' } as const
const numbers = defineChannel({ name: 'numbers', message: wholeNumber, history: { maxCount: 100_000 } })
const OPTIONS = { size: 5, waitMs: 20, attempts: 2, backoff: { kind: 'fixed', baseMs: 0 } } as const

export function groupBatches(test: Test): void {
  test(
    'gives a member of a group up to `size` messages at once, in the order of publishing',
    async (scene) => {
      const news = scene.broker().channel(numbers)
      const seen: (readonly number[])[] = []
      const handler = (messages: readonly Message<number>[], batch: Batch): void => {
        assert.equal(batch.queue, 'numbers/audit')
        seen.push(messages.map(({ payload }) => payload))
      }
      await scene.during(news.consumeBatch('audit', handler, OPTIONS))
      await news.publishAll([...Array(12).keys()].map((message) => ({ message })))
      await scene.eventually(() => seen.flat().length === 12, 'all messages')
      assert.deepEqual(seen.flat(), [...Array(12).keys()])
      assert.ok(seen.every(({ length }) => length <= 5))
      assert.equal(await news.group('audit').lag(), 0)
    },
    NEEDS,
  )

  test(
    'delivers each message of a batch that throws alone, and buries by verdict and by throw',
    async (scene) => {
      const news = scene.broker().channel(numbers)
      const done: number[] = []
      const handler = (messages: readonly Message<number>[]): unknown[] => {
        const payloads = messages.map(({ payload }) => payload)
        if (payloads.includes(2)) throw new Error('two')
        done.push(...payloads.filter((n) => n !== 4))
        return payloads.map((n) => (n === 4 ? bury('unwanted') : undefined))
      }
      await scene.during(news.consumeBatch('audit', handler, OPTIONS))
      await news.publishAll([...Array(5).keys()].map((message) => ({ message })))
      const group = news.group('audit')
      await scene.eventually(async () => (await group.stats()).dead === 2 && done.length === 3, 'the end of all')
      assert.deepEqual(
        [...done].sort((a, b) => a - b),
        [0, 1, 3],
      )
      const letters = await group.dead.list()
      assert.deepEqual(letters.map(({ reason }) => reason).sort(), ['attempts-exhausted', 'unwanted'])
    },
    NEEDS,
  )
}
