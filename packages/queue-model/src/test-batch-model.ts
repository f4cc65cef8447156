import assert from 'node:assert/strict'
import { bury, defineQueue, retry, unchecked } from '@mq/core'
import type { Broker } from '@mq/core'
import * as fc from 'fast-check'
import { checkProperty } from './check-property.ts'
import type { RunOptions } from './check-property.ts'

/** Fresh for each run. */
export interface RealBatches {
  readonly broker: Broker
  /** A queue that nobody has used. */
  readonly queue: string
  /** Lets time pass until nothing is left to be done. */
  drain(): Promise<unknown>
  close(): Promise<unknown>
}

export interface BatchTestOptions extends RunOptions {
  open(): Promise<RealBatches>
}

/** `poison`: the call throws that has it. `slips`: its first attempt fails, alone. */
const FATES = ['done', 'done', 'done', 'slips', 'later', 'buried', 'dies', 'poison'] as const
type Fate = (typeof FATES)[number]

const ATTEMPTS = 3
const world = fc.record({
  fates: fc.array(fc.constantFrom(...FATES), { minLength: 1, maxLength: 25 }),
  size: fc.integer({ min: 1, max: 6 }),
  waitMs: fc.constantFrom(0, 5),
  concurrency: fc.integer({ min: 1, max: 3 }),
  answers: fc.constantFrom('array', 'map', 'promises'),
})

/**
 * Tasks that each have a fate of their own go through batches of random size. Each ends as its fate says, whatever
 * becomes of its neighbours, and a call that fails as a whole is charged to none but who is alone in it.
 */
export async function testBatchModel({ open, ...options }: BatchTestOptions): Promise<void> {
  const property = fc.asyncProperty(world, async ({ fates, answers, ...rules }) => {
    const real = await open()
    try {
      const definition = defineQueue({
        name: real.queue,
        payload: unchecked<number>(),
        attempts: ATTEMPTS,
        backoff: { kind: 'fixed', baseMs: 1 },
      })
      const queue = real.broker.queue(definition)
      const running = new Set<number>()
      const failures = new Map<number, number>()
      const worker = queue.processBatch(
        async (payloads, { tasks }) => {
          assert.ok(payloads.length >= 1 && payloads.length <= rules.size, `a call of ${payloads.length}`)
          for (const payload of payloads) {
            assert.ok(!running.has(payload), `${payload} runs twice`)
            running.add(payload)
          }
          await Promise.resolve()
          for (const payload of payloads) running.delete(payload)
          if (payloads.some((payload) => fates[payload] === 'poison')) {
            if (payloads.length === 1) failures.set(payloads[0]!, (failures.get(payloads[0]!) ?? 0) + 1)
            throw new Error('poisoned')
          }
          const each = payloads.map((payload, i) => answerOf(fates[payload]!, payload, tasks[i]!.attempt))
          if (answers === 'map') return new Map(tasks.map(({ id }, i) => [id, each[i]]))
          return answers === 'array' ? each : each.map(async (answer) => answer)
        },
        { size: rules.size, waitMs: rules.waitMs, concurrency: rules.concurrency },
      )
      const tasks = await queue.enqueueAll(fates.map((_, payload) => ({ payload })))
      await real.drain()
      const outcomes = await Promise.all(tasks.map((task) => task.outcome({ timeoutMs: 0 })))
      fates.forEach((fate, i) => {
        const outcome = outcomes[i]!
        const is = `task ${i}, ${fate}: ${JSON.stringify(outcome)}`
        if (fate === 'buried') assert.ok(outcome.state === 'dead' && outcome.reason === 'as asked', is)
        else if (fate === 'dies' || fate === 'poison') {
          assert.ok(outcome.state === 'dead' && outcome.reason === 'attempts-exhausted', is)
        } else assert.ok(outcome.state === 'completed' && outcome.result === i, is)
        if (fate === 'poison') assert.equal(failures.get(i), ATTEMPTS, is)
      })
      const { waiting, delayed, running: left } = await queue.stats()
      assert.deepEqual([waiting, delayed, left], [0, 0, 0])
      await worker.close()
    } finally {
      await real.close()
    }
  })
  await checkProperty(property, options)
}

function answerOf(fate: Fate, payload: number, attempt: number): unknown {
  if (fate === 'buried') return bury('as asked')
  if (fate === 'dies' || (fate === 'slips' && attempt === 1)) return new Error('as it was told')
  if (fate === 'later' && attempt === 1) return retry({ delayMs: 3 })
  return payload
}
