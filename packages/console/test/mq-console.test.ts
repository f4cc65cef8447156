import { expect, it } from 'vitest'
import { testConsole } from './test-console.ts'

it('says what a client may do', async () => {
  const { app } = await testConsole()
  const reply = await app.inject('/console/api/v1/session')
  expect(reply.statusCode).toBe(200)
  expect(reply.json()).toMatchObject({ role: 'operator', readOnly: false, version: '0.1.0' })
})

it('answers a problem where there is nothing, and leaves the rest of the host alone', async () => {
  const { app } = await testConsole()
  const reply = await app.inject({ url: '/console/api/v1/nothing', headers: { 'x-request-id': 'mine' } })
  expect(reply.statusCode).toBe(404)
  expect(reply.headers['content-type']).toMatch('application/problem+json')
  expect(reply.json()).toMatchObject({ status: 404, code: 'not-found', instance: 'mine' })
  const hosts = await app.inject('/nothing')
  expect(hosts.json()).toMatchObject({ statusCode: 404, error: 'Not Found' })
})

it('answers 405 with the methods that an address has', async () => {
  const { app } = await testConsole()
  const reply = await app.inject({ method: 'PATCH', url: '/console/api/v1/session' })
  expect(reply.statusCode).toBe(405)
  expect(reply.headers.allow).toBe('DELETE, GET, HEAD, POST')
  expect(reply.json()).toMatchObject({ code: 'wrong-method' })
})
