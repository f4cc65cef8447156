import { expect, it } from 'vitest'
import { testConsole } from './test-console.ts'

it('serves metrics to who may see them', async () => {
  const { app, broker } = await testConsole()
  await broker.queue('mails').enqueue(1)
  const reply = await app.inject('/console/metrics')
  expect(reply.statusCode).toBe(200)
  expect(reply.headers['content-type']).toMatch('text/plain')
  expect(reply.body).toMatch(/^mq_queue_waiting\{queue="mails"\} 1$/m)

  const closed = await testConsole({ auth: { tokens: [{ token: 'a-token-of-24-characters', role: 'viewer' }] } })
  expect((await closed.app.inject('/console/metrics')).statusCode).toBe(401)
  const headers = { authorization: 'Bearer a-token-of-24-characters' }
  expect((await closed.app.inject({ url: '/console/metrics', headers })).statusCode).toBe(200)
})
