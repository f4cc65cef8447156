// Values that change on the wire: a date passed on enqueue and failed on delivery; storing what the schema made of it broke schemas that transform.
import { defineChannel, defineQueue } from '@mq/core'
import type { StandardSchema } from '@mq/core'
import { expect, it } from 'vitest'
import { eventually } from '../lab/eventually.ts'
import { Lab } from '../lab/lab.ts'

const lab = await Lab.start()

function schema<In, Out>(validate: (value: unknown) => Out): StandardSchema<In, Out> {
  return {
    '~standard': {
      version: 1,
      vendor: 'test',
      validate(value) {
        try {
          return { value: validate(value) }
        } catch (thrown) {
          return { issues: [{ message: String(thrown) }] }
        }
      },
    },
  }
}

/** As zod's `z.date()`: takes a Date and nothing else. */
const date = schema<Date, Date>((value) => {
  if (!(value instanceof Date)) throw new TypeError('not a date')
  return value
})
/** As zod's `z.string().transform(Number)`: what comes out is not what went in. */
const numeric = schema<string, number>((value) => {
  if (typeof value !== 'string') throw new TypeError('not a text')
  return Number(value)
})

it('a payload that JSON would change is refused by enqueue, and nothing is stored', async () => {
  const name = lab.freshName()
  const queue = (await lab.broker()).queue(defineQueue({ name, payload: date }))
  await expect(queue.enqueue(new Date())).rejects.toMatchObject({ code: 'invalid-payload' })
  await expect(queue.enqueueAll([{ payload: new Date() }])).rejects.toMatchObject({ code: 'invalid-payload' })
  expect(await lab.redis.keys(`mq:{${name}}:*`)).toEqual([])
})

it('a message that JSON would change is refused by publish, and nothing is numbered', async () => {
  const name = lab.freshName()
  const channel = (await lab.broker()).channel(defineChannel({ name, message: date }))
  await expect(channel.publish(new Date())).rejects.toMatchObject({ code: 'invalid-message' })
  expect(await lab.redis.keys(`mq:{${name}}:*`)).toEqual([])
})

it('a result that JSON would change is buried as that', async () => {
  const definition = defineQueue({ name: lab.freshName(), result: date, attempts: 1 })
  const queue = (await lab.broker()).queue(definition)
  queue.process(() => new Date())
  expect(await (await queue.enqueue(1)).outcome()).toMatchObject({ state: 'dead', reason: 'invalid-result' })
})

it('what is stored is what went in, and each side gets what comes out, also after a retry', async () => {
  const name = lab.freshName()
  const definition = defineQueue({
    name,
    payload: numeric,
    result: numeric,
    backoff: { kind: 'fixed', baseMs: 1 },
  })
  const queue = (await lab.broker()).queue(definition)
  const task = await queue.enqueue('42')
  const [stored = ''] = await lab.redis.hvals(`mq:{${name}}:tasks`)
  expect(stored.slice(stored.indexOf('\n') + 1)).toBe('"42"')

  const payloads: unknown[] = []
  ;(await lab.broker()).queue(definition).process((payload, { attempt }) => {
    payloads.push(payload)
    if (attempt === 1) throw new Error('the first time')
    return String(payload + 1)
  })
  expect(await task.result()).toBe(43)
  expect(payloads).toEqual([42, 42])
  const [result = ''] = await lab.redis.hvals(`mq:{${name}}:results`)
  expect(result.endsWith('|"43"')).toBe(true)
})

it('a stored payload that no longer fits is buried', async () => {
  const name = lab.freshName()
  const old = (await lab.broker()).queue(name)
  const task = await old.enqueue({ no: 'text' })
  const queue = (await lab.broker()).queue(defineQueue({ name, payload: numeric }))
  const worker = queue.process(() => undefined)
  await eventually(() => worker.stats().buried === 1, 'a burial')
  expect(await task.outcome()).toMatchObject({ state: 'dead', reason: 'invalid-payload' })
})
