import Fastify from 'fastify'
import { expect, it, onTestFinished } from 'vitest'
import { createBroker, silentLogger } from '@mq/core'
import { memoryAdapter } from '@mq/memory-adapter'
import { SMALL_BODY } from '../../src/api/small-bodies.ts'
import { mqConsole } from '../../src/index.ts'
import { described } from '../described.ts'

/** Those that take a payload, or many. */
const LARGE = ['enqueueTask', 'enqueueTasks', 'publishMessage', 'redriveDead', 'setSchedule', 'updateTask']

it('takes large bodies only where there are payloads, also below a host that takes them everywhere', async () => {
  const broker = createBroker(memoryAdapter(), { logger: silentLogger })
  const app = Fastify({ bodyLimit: 50 << 20 })
  await app.register(mqConsole, { broker, rateLimit: false })
  onTestFinished(async () => {
    await app.close()
    await broker.close()
  })
  const { operations } = await described('/console')
  const large: string[] = []
  for (const { method, path, operation } of operations) {
    if (method === 'get') continue
    const url = `/console/api/v1${path.replaceAll(/\{\w+\}/g, 'x')}`
    const payload = JSON.stringify({ text: 'x'.repeat(SMALL_BODY) })
    const reply = await app.inject({
      method: method.toUpperCase() as 'POST',
      url,
      headers: { 'content-type': 'application/json' },
      payload,
    })
    if (reply.statusCode !== 413) large.push(operation.operationId!)
    else expect(reply.json()).toMatchObject({ code: 'body-too-large' })
    const huge = await app.inject({
      method: method.toUpperCase() as 'POST',
      url,
      headers: { 'content-type': 'application/json' },
      payload: JSON.stringify({ text: 'x'.repeat(8 << 20) }),
    })
    expect(huge.statusCode).toBe(413)
  }
  expect(large.toSorted()).toEqual(LARGE)
})

it('takes a thousand ids, the longest there are', async () => {
  const ids = Array.from({ length: 1_000 }, (_, i) => `${i}`.padStart(128, '0'))
  expect(JSON.stringify({ action: 'cancel', ids, reason: '\u0001'.repeat(1_000) }, null, 2).length).toBeLessThan(
    SMALL_BODY,
  )
})
