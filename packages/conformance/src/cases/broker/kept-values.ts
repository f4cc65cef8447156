import { defineChannel, defineQueue, MqError } from '@mq/core'
import assert from 'node:assert/strict'
import type { Test } from '../../topic.ts'
import { dateFromText, onlyDate } from '../../values.ts'

const lost = { order: { total: Number.NaN } }
const REFUSED = { path: 'order.total', kind: 'NaN' }

const refusedAs = (code: string) => (error: unknown) => {
  assert.ok(MqError.is(error))
  const { path, kind } = error.details
  assert.deepEqual({ code: error.code, path, kind }, { code, ...REFUSED })
  return true
}

/** Values that JSON would change are refused where they are passed, not where they are read. */
export const keptValues = (test: Test): void => {
  test('refuses a payload that would not come back equal, with its path, and adds nothing', async (scene) => {
    const queue = scene.broker().queue('orders')
    await assert.rejects(queue.enqueue(lost), refusedAs('invalid-payload'))
    await assert.rejects(queue.enqueueAll([{ payload: 1 }, { payload: lost }]), refusedAs('invalid-payload'))
    assert.equal((await queue.stats()).waiting, 0)
  })

  test('buries a task whose result would not come back equal', async (scene) => {
    const queue = scene.broker().queue('orders')
    queue.process(() => lost)
    const outcome = await (await queue.enqueue(1)).outcome()
    assert.equal(outcome.state, 'dead')
    assert.equal(outcome.reason, 'invalid-result')
    assert.match(String(outcome.error?.message), /order\.total is NaN/)
  })

  test('refuses a message that would not come back equal', async (scene) => {
    const channel = scene.broker().channel(defineChannel({ name: 'news' }))
    await assert.rejects(channel.publish(lost), refusedAs('invalid-message'))
    await assert.rejects(channel.publishAll([{ message: lost }]), refusedAs('invalid-message'))
  })

  test('refuses progress and memos that would not come back equal', async (scene) => {
    const queue = scene.broker().queue(defineQueue({ name: 'orders', attempts: 1 }))
    const errors: unknown[] = []
    queue.process(async (_, { progress, once }) => {
      try {
        progress(lost)
      } catch (error) {
        errors.push(error)
      }
      await once('step', () => lost).catch((error: unknown) => errors.push(error))
    })
    await (await queue.enqueue(1)).result()
    assert.equal(errors.length, 2)
    for (const error of errors) assert.ok(refusedAs('invalid-payload')(error))
  })

  test('lets a schema decide on what JSON makes of a value, and says what a Date is', async (scene) => {
    const broker = scene.broker()
    const days = broker.queue(defineQueue({ name: 'days', payload: dateFromText }))
    days.process((day) => day.getTime())
    assert.equal(await (await days.enqueue(new Date(86_400_000) as never)).result(), 86_400_000)
    const dates = broker.queue(defineQueue({ name: 'dates', payload: onlyDate }))
    await assert.rejects(dates.enqueue({ field: new Date(0) } as never), /A Date is a string in JSON/)
    await assert.rejects(days.enqueue(new Map() as never), /it is a Map/)
  })
}
