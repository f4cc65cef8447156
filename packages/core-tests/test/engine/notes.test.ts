import { defineQueue, MqError } from '@mq/core'
import type { Note } from '@mq/core'
import { describe, expect, it } from 'vitest'
import { brokerBench, withQueue } from '../broker-bench.ts'

const nothing = (): void => undefined

describe('the progress of a task', () => {
  it('that cannot be sent is only its newest', async () => {
    const sent: (readonly Note[])[] = []
    let answer = nothing
    const { broker, clock } = brokerBench((inner) =>
      withQueue(inner, () => ({
        note: (notes) => {
          sent.push(notes)
          return new Promise((resolve) => (answer = () => resolve(notes.map(() => true))))
        },
      })),
    )
    const report: ((step: number) => void)[] = []
    const queue = broker.queue('tasks')
    const worker = queue.process(
      (_, { progress, signal }) => {
        report.push(progress)
        progress(0)
        return new Promise<void>((resolve) => signal.addEventListener('abort', () => resolve()))
      },
      { concurrency: 3 },
    )
    await queue.enqueueAll([1, 2, 3].map((payload) => ({ payload })))
    await expect.poll(() => [sent.length, report.length]).toEqual([1, 3])
    for (let step = 1; step <= 1_000; step++) for (const each of report) each(step)
    answer()
    await expect.poll(() => sent.length).toBe(2)
    expect(sent[1]!.map(({ body }) => body)).toEqual(['1000', '1000', '1000'])
    answer()
    const closing = worker.close({ deadlineMs: 0 })
    await clock.advance(10_000)
    await closing
    for (const each of report) each(1_001)
    await new Promise((resolve) => setImmediate(resolve))
    expect(sent).toHaveLength(2)
  })
})

it('progress is refused when it is more than 64 KiB', async () => {
  const { broker } = brokerBench()
  const refusals: unknown[] = []
  broker.queue('tasks').process((_, { progress }) => {
    for (const length of [65_534, 65_535]) {
      try {
        progress('x'.repeat(length))
      } catch (thrown) {
        refusals.push([length, thrown])
      }
    }
  })
  await broker.queue('tasks').enqueue(1)
  await expect.poll(() => refusals).toMatchObject([[65_535, { code: 'payload-too-large' }]])
})

describe('a line of a log', () => {
  it('that cannot be stored is counted by the next, and fails nobody', async () => {
    let isDown = true
    const { broker, clock } = brokerBench((inner) =>
      withQueue(inner, (driver) => ({
        note: async (notes) => {
          if (isDown) throw new MqError('unavailable', 'down')
          return driver.note(notes)
        },
      })),
    )
    let say: ((line: string) => void) | undefined
    const queue = broker.queue('tasks')
    queue.process((_, { log }) => {
      log('lost')
      log('lost, too')
      say = log
      return new Promise(() => undefined)
    })
    const task = await queue.enqueue(1)
    await clock.advance(10)
    isDown = false
    say!('kept')
    await clock.advance(10)
    expect(await task.logs()).toMatchObject({ lines: [{ line: 'kept' }], dropped: 2 })
  })

  it('that is the last before a failure is sent before the settlement, although another call is under way', async () => {
    const calls: string[] = []
    const { broker, clock, pause } = brokerBench((inner) =>
      withQueue(inner, (driver) => ({
        note: async (notes) => {
          for (const { body } of notes) calls.push(body)
          const answer = await driver.note(notes)
          await pause(1_000)
          return answer
        },
        settleAndClaim: (turn) => {
          for (const { kind } of turn.settlements) calls.push(kind)
          return driver.settleAndClaim(turn)
        },
      })),
    )
    const queue = broker.queue(defineQueue({ name: 'tasks', attempts: 1 }))
    queue.process(async (payload, { log }) => {
      log('first')
      await pause(10)
      log('last')
      if (payload === 1) throw new Error('no')
    })
    const [task] = await queue.enqueueAll([{ payload: 1 }, { payload: 2 }])
    await clock.advance(5_000)
    expect((await task!.logs())?.lines.map(({ line }) => line)).toEqual(['first', 'last'])
    // Nothing would be kept of the line of the one that is completed.
    expect(calls).toEqual(['"first"', '"first"', '"last"', 'complete', 'bury'])
  })
})
