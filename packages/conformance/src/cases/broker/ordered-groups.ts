import { defineChannel, MqError, retry } from '@mq/core'
import type { Message, Verdict } from '@mq/core'
import assert from 'node:assert/strict'
import type { Test } from '../../topic.ts'
import { gate } from '../../values.ts'

const NEEDS = { capability: 'groups' } as const

interface Step {
  readonly key: string
  readonly step: number
}

/** A schema that answers later, as those that ask a service do. */
const slowSchema = {
  '~standard': {
    version: 1,
    vendor: 'test',
    validate: async (value: unknown) => ({ value: value as Step }),
  },
} as const

const steps = defineChannel<Step>({ name: 'steps', history: { maxCount: 100_000 } })
const key = ({ payload }: Message<Step>): string => payload.key
const AT_ONCE = { backoff: { kind: 'fixed', baseMs: 0 } } as const

/** Each of the keys has so many steps, all in turn. */
function walk(keys: number, count: number): { message: Step }[] {
  return Array.from({ length: keys * count }, (_, i) => ({
    message: { key: `k${i % keys}`, step: Math.floor(i / keys) },
  }))
}

export function orderedGroups(test: Test): void {
  test(
    'handles the messages of a key one at a time, in order, across members, whatever fails',
    async (scene) => {
      const brokers = [scene.broker(), scene.broker(), scene.broker()]
      const done = new Map<string, number[]>()
      const running = new Set<string>()
      const failed = new Set<string>()
      const handler = async ({ payload }: Message<Step>): Promise<Verdict | void> => {
        assert.ok(!running.has(payload.key), `two of ${payload.key} at once`)
        running.add(payload.key)
        await Promise.resolve()
        running.delete(payload.key)
        const name = `${payload.key}.${payload.step}`
        if (payload.step % 5 === 3 && !failed.has(name)) {
          failed.add(name)
          return retry({ delayMs: payload.step % 2 })
        }
        done.set(payload.key, [...(done.get(payload.key) ?? []), payload.step])
        return undefined
      }
      for (const broker of brokers) {
        await scene.during(broker.channel(steps).consume('audit', handler, { key, concurrency: 7, ...AT_ONCE }))
      }
      await scene.during(brokers[0]!.channel(steps).publishAll(walk(20, 20)))
      await scene.eventually(() => [...done.values()].flat().length >= 400, 'all messages')
      for (const [name, its] of done) assert.deepEqual(its, [...Array(20).keys()], name)
      const stats = await brokers[0]!.channel(steps).group('audit').stats()
      assert.deepEqual([stats.unread, stats.ahead, stats.blocked], [0, 0, 0])
    },
    NEEDS,
  )

  test(
    'buries a message whose key cannot be told, says why, and goes on',
    async (scene) => {
      const channel = scene.broker().channel(steps)
      const done: number[] = []
      const wrong = [undefined, 7, '', 'x'.repeat(257)]
      const keyOf = ({ payload: { step } }: Message<Step>): string => {
        if (step === 4) throw new Error('no key')
        return step < 4 ? (wrong[step] as string) : 'good'
      }
      await scene.during(channel.consume('audit', ({ payload }) => void done.push(payload.step), { key: keyOf }))
      await scene.during(channel.publishAll(walk(1, 8)))
      const group = channel.group('audit')
      await scene.eventually(async () => done.length === 3 && (await group.stats()).dead === 5, 'the end of all')
      assert.deepEqual(done, [5, 6, 7])
      const letters = await group.dead.list()
      assert.match(
        letters.map((letter) => letter.error?.message).join('\n'),
        /key must give a text of 1–256 characters/,
      )
      assert.match(letters.map((letter) => letter.error?.message).join('\n'), /the function key threw/)
    },
    NEEDS,
  )

  test(
    'reads keys by a schema that answers later',
    async (scene) => {
      const slow = defineChannel({ name: 'slow', message: slowSchema, history: { maxCount: 1_000 } })
      const channel = scene.broker().channel(slow)
      const done: Step[] = []
      await scene.during(channel.consume('audit', ({ payload }) => void done.push(payload), { key }))
      await scene.during(channel.publishAll(walk(3, 10)))
      await scene.eventually(() => done.length === 30, 'all messages')
      for (const name of ['k0', 'k1', 'k2']) {
        assert.deepEqual(
          done.filter((step) => step.key === name).map(({ step }) => step),
          [...Array(10).keys()],
        )
      }
    },
    NEEDS,
  )

  test(
    'gives batches with one message of a key each',
    async (scene) => {
      const channel = scene.broker().channel(steps)
      const batches: Step[][] = []
      const handler = (messages: readonly Message<Step>[]): void => {
        batches.push(messages.map(({ payload }) => payload))
      }
      await scene.during(channel.consumeBatch('audit', handler, { key, size: 10, waitMs: 5 }))
      await scene.during(channel.publishAll(walk(4, 3)))
      await scene.eventually(() => batches.flat().length === 12, 'all messages')
      for (const batch of batches) assert.equal(new Set(batch.map((step) => step.key)).size, batch.length)
      assert.deepEqual(
        batches
          .flat()
          .filter((step) => step.key === 'k1')
          .map(({ step }) => step),
        [0, 1, 2],
      )
    },
    NEEDS,
  )

  test(
    'gives a member without a key nothing, and reports it once',
    async (scene) => {
      const [ours, theirs] = [scene.broker(), scene.broker()]
      const done: number[] = []
      await scene.during(ours.channel(steps).consume('audit', ({ payload }) => void done.push(payload.step), { key }))
      let strayed = 0
      await scene.during(theirs.channel(steps).consume('audit', () => void strayed++))
      await scene.during(ours.channel(steps).publishAll(walk(1, 20)))
      await scene.eventually(() => done.length === 20, 'all messages')
      assert.equal(strayed, 0)
      const reports = scene.errors.filter((error) => MqError.is(error, 'ordered-group'))
      assert.deepEqual([reports.length, (reports[0] as MqError).details], [1, { channel: 'steps', group: 'audit' }])
    },
    NEEDS,
  )

  test(
    'explains that what waits is behind another message of its key',
    async (scene) => {
      const channel = scene.broker().channel(steps)
      const held = gate()
      await scene.during(channel.consume('audit', () => held.promise, { key, concurrency: 3 }))
      await scene.during(channel.publishAll(walk(1, 3)))
      const group = channel.group('audit')
      await scene.eventually(async () => (await group.stats()).blocked === 2, 'two that wait')
      const { because, text } = await group.explain()
      assert.deepEqual([because, /All 2 that wait/.test(text)], ['behind-their-keys', true])
      assert.equal(await group.lag(), 2)
      held.open()
      await scene.eventually(async () => (await group.explain()).because === 'caught-up', 'the end of all')
    },
    NEEDS,
  )

  test(
    'refuses a key that is no function',
    async (scene) => {
      const channel = scene.broker().channel(steps)
      await assert.rejects(
        channel.consume('audit', () => undefined, { key: 'account' as never }),
        TypeError,
      )
      await assert.rejects(
        channel.consumeBatch('audit', () => undefined, { size: 2, key: 'account' as never }),
        TypeError,
      )
    },
    NEEDS,
  )
}
