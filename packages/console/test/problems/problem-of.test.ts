import { defineQueue, MqError } from '@mq/core'
import { describe, expect, it } from 'vitest'
import { z } from 'zod'
import { problemOf } from '../../src/problems/problem-of.ts'
import { testConsole } from '../test-console.ts'

const mails = defineQueue({
  name: 'mails',
  payload: z.object({ to: z.string() }),
  capacity: { size: 1, whenFull: 'reject' },
  maxPayloadBytes: 1_000,
})

describe('a refusal', () => {
  it('is one that a client can act on, at every layer', async () => {
    const { app, post } = await testConsole({ queues: [mails] })
    const path = '/queues/mails/tasks'
    expect(await post(path, { payload: { to: 1 } })).toMatchObject({ status: 422, body: { code: 'invalid-payload' } })
    const large = await post(path, { payload: { to: 'x'.repeat(2_000) } })
    expect(large).toMatchObject({ status: 413, body: { code: 'payload-too-large' } })
    expect((await post(path, { payload: { to: 'ann' } })).status).toBe(202)
    const full = await post(path, { payload: { to: 'bob' } })
    expect(full).toMatchObject({ status: 429, headers: { 'retry-after': '1' }, body: { code: 'queue-full' } })

    const url = `/console/api/v1${path}`
    const send = async (payload: string, headers: Record<string, string>): Promise<unknown> => {
      const reply = await app.inject({ method: 'POST', url, payload, headers })
      expect(reply.headers['content-type']).toMatch('application/problem+json')
      return [reply.statusCode, (reply.json() as { code: string }).code]
    }
    const json = { 'content-type': 'application/json' }
    expect(await send('{"payload":', json)).toEqual([400, 'invalid-json'])
    expect(await send('{"__proto__": {}}', json)).toEqual([400, 'invalid-json'])
    expect(await send('payload=1', { 'content-type': 'text/plain' })).toEqual([415, 'wrong-media-type'])
    expect(await send('x', { ...json, 'content-encoding': 'gzip' })).toEqual([415, 'wrong-content-coding'])
    expect(await send(JSON.stringify({ payload: 'x'.repeat(3 << 20) }), json)).toEqual([413, 'body-too-large'])
  })

  it('has a status for each code of mq that a call can throw', () => {
    const statuses = [
      'invalid-options',
      'unknown-group',
      'id-conflict',
      'batch-too-large',
      'unsupported',
      'storage-full',
    ]
    expect(statuses.map((code) => problemOf(new MqError(code as 'closed', 'it')).status)).toEqual([
      400, 404, 409, 413, 501, 507,
    ])
  })

  it('keeps what the storage said for operators: others get the code, and what it means', () => {
    const codes = [
      'unavailable',
      'closed',
      'storage-refused',
      'server-unsupported',
      'layout-mismatch',
      'storage-full',
    ] as const
    for (const code of codes) {
      const error = new MqError(code, 'connect ECONNREFUSED 10.0.0.7:6379 (user "mq")')
      for (const role of ['viewer', 'producer', undefined] as const) {
        const { message, code: shown } = problemOf(error, role)
        expect([shown, message]).toEqual([code, expect.stringMatching(/^[a-z ,]+$/)])
      }
      expect(problemOf(error, 'operator').message).toBe(error.message)
    }
    // What is wrong with a request is for whoever sent it.
    const wrong = new MqError('invalid-payload', 'to: expected a text')
    expect(problemOf(wrong, 'producer').message).toBe(wrong.message)
  })

  it('says nothing of a defect but that the log knows it', () => {
    const hostile = new Proxy(new Error('secret'), {
      get: (error, name) => (name === 'code' ? Symbol('code') : Reflect.get(error, name)),
    })
    for (const thrown of [
      new Error('secret'),
      'secret',
      null,
      undefined,
      hostile,
      Object.assign(new Error('secret'), { code: '__proto__' }),
    ]) {
      expect(problemOf(thrown)).toMatchObject({ status: 500, code: 'internal' })
      expect(problemOf(thrown).message).not.toContain('secret')
    }
  })
})
