import helmet from '@fastify/helmet'
import rateLimit from '@fastify/rate-limit'
import Fastify from 'fastify'
import { createBroker } from '@mq/core'
import { memoryAdapter } from '@mq/memory-adapter'
import { expect, it, onTestFinished } from 'vitest'
import { mqConsole } from '../../src/index.ts'
import type { AuthOptions } from '../../src/index.ts'
import { testConsole } from '../test-console.ts'

const URL = '/console/api/v1/session'

it('refuses a client that asks too often, and says when to come again; others are answered', async () => {
  const { app } = await testConsole({ rateLimit: { max: 2 } })
  const statuses = []
  for (let i = 0; i < 3; i++) statuses.push((await app.inject(URL)).statusCode)
  expect(statuses).toEqual([200, 200, 429])
  const reply = await app.inject('/console/nothing')
  expect(reply.json()).toMatchObject({ status: 429, code: 'too-many-requests' })
  expect(Number(reply.headers['retry-after'])).toBeGreaterThan(0)
  expect((await app.inject({ url: URL, remoteAddress: '127.0.0.2' })).statusCode).toBe(200)
})

it('counts addresses of one IPv6 network as one client', async () => {
  const auth: AuthOptions = { authorize: () => 'viewer' }
  const { app } = await testConsole({ rateLimit: { max: 1 }, auth })
  const from = async (remoteAddress: string) => (await app.inject({ url: URL, remoteAddress })).statusCode
  expect(await from('2001:db8::1')).toBe(200)
  expect(await from('2001:db8::2')).toBe(429)
  expect(await from('2001:db8:0:1::1')).toBe(200)
})

it('can be switched off', async () => {
  const { app } = await testConsole({ rateLimit: false })
  for (let i = 0; i < 50; i++) expect((await app.inject(URL)).statusCode).toBe(200)
})

it('counts by itself also where the store of the host, which it is lent, has one count for each key', async () => {
  const counts = new Map<string, number>()
  /** As a Redis that all processes share. */
  class Store {
    incr(key: string, done: (error: null, state: { current: number; ttl: number }) => void): void {
      counts.set(key, (counts.get(key) ?? 0) + 1)
      done(null, { current: counts.get(key)!, ttl: 60_000 })
    }
    child = () => this
  }
  const broker = createBroker(memoryAdapter())
  const app = Fastify()
  onTestFinished(async () => {
    await app.close()
    await broker.close()
  })
  await app.register(rateLimit, { global: true, store: Store as never })
  await app.register(mqConsole, { broker, auth: { tokens: [{ token: 'ada-0123456789abcdef', role: 'viewer' }] } })
  const statuses = async (token: string) =>
    (await app.inject({ url: URL, headers: { authorization: `Bearer ${token}` } })).statusCode
  for (let i = 0; i < 30; i++) expect(await statuses('ada-0123456789abcdef')).toBe(200)
  expect(await statuses('wrong')).toBe(401)
})

it('lives in a host that has the same plugins for itself, with other settings', async () => {
  const broker = createBroker(memoryAdapter())
  const app = Fastify()
  onTestFinished(async () => {
    await app.close()
    await broker.close()
  })
  await app.register(helmet, { contentSecurityPolicy: false })
  app.addHook('onRequest', async (_request, reply) => void reply.header('x-frame-options', 'SAMEORIGIN'))
  await app.register(rateLimit, { global: false, max: 1, allowList: ['127.0.0.1'] })
  await app.register(mqConsole, { broker, rateLimit: { max: 2 } })
  await app.register(mqConsole, { broker, basePath: '/second' })
  app.get('/own', () => 'own')
  const first = await app.inject(URL)
  expect([first.statusCode, String(first.headers['content-security-policy'])]).toEqual([
    200,
    expect.stringContaining("'none'"),
  ])
  expect(first.headers['x-frame-options']).toBe('DENY')
  expect((await app.inject('/own')).headers['x-frame-options']).toBe('SAMEORIGIN')
  expect((await app.inject('/own')).headers['content-security-policy']).toBeUndefined()
  expect([(await app.inject(URL)).statusCode, (await app.inject(URL)).statusCode]).toEqual([200, 429])
  expect((await app.inject('/second/api/v1/session')).statusCode).toBe(200)
})
