import { describe, expect, it } from 'vitest'
import { postTask, taskCount, testWeb } from './test-web.ts'

const API = '/console/api/v1'
const TOKEN = 'ada-0123456789abcdef'
const auth = { tokens: [{ token: TOKEN, role: 'operator' }] } as const

describe('the console', () => {
  it('is at /console, and operates what the article produces', async () => {
    const { app, broker } = await testWeb()
    await postTask(app, { payload: 7 })
    const { queues } = (await app.inject(`${API}/queues`)).json()
    expect(queues).toEqual([expect.objectContaining({ name: 'prodcons', waiting: 1 })])
    const purge = { confirm: 'prodcons' }
    const reply = await app.inject({ method: 'POST', url: `${API}/queues/prodcons/purge`, payload: purge })
    expect([reply.statusCode, await taskCount(broker)]).toEqual([200, 0])
  })

  it('knows the definitions of the article', async () => {
    const { app } = await testWeb()
    const send = (message: unknown) =>
      app.inject({ method: 'POST', url: `${API}/channels/pubsub/messages`, payload: { message } })
    expect((await send(7)).statusCode).toBe(202)
    expect((await send('seven')).json()).toMatchObject({ code: 'invalid-message' })
  })

  it('is for this machine only, while the article is for all, unless it has a token', async () => {
    const remoteAddress = '10.0.0.9'
    const open = await testWeb()
    expect((await open.app.inject({ url: '/', remoteAddress })).statusCode).toBe(200)
    expect((await open.app.inject({ url: `${API}/session`, remoteAddress })).statusCode).toBe(403)
    expect((await open.app.inject(`${API}/session`)).json()).toMatchObject({ role: 'operator' })
    const { app } = await testWeb({ console: { auth } })
    expect((await app.inject(`${API}/session`)).statusCode).toBe(401)
    const headers = { authorization: `Bearer ${TOKEN}` }
    expect((await app.inject({ url: `${API}/session`, remoteAddress, headers })).json()).toMatchObject({
      role: 'operator',
    })
  })

  it('answers problems of its own, and leaves those of the article as they are', async () => {
    const { app } = await testWeb()
    expect((await app.inject(`${API}/nothing`)).json()).toMatchObject({ status: 404, code: 'not-found' })
    expect((await app.inject('/nothing')).json()).toEqual({ code: 'not-found', message: expect.any(String) })
    const { headers } = await app.inject(`${API}/session`)
    expect(headers['content-security-policy']).toContain("base-uri 'self'")
  })
})
