import { createBroker } from '@mq/core'
import { memoryAdapter } from '@mq/memory-adapter'
import Fastify from 'fastify'
import type { FastifyInstance, HTTPMethods, RouteOptions } from 'fastify'
import { describe, expect, it, onTestFinished } from 'vitest'
import { guard } from '../../src/access/guard.ts'
import { includes, ROLES } from '../../src/access/role.ts'
import type { Role } from '../../src/access/role.ts'
import type { ConsoleApp } from '../../src/console-app.ts'
import { answerProblems } from '../../src/problems/answer-problems.ts'
import { mqConsole } from '../../src/index.ts'
import type { ConsoleOptions } from '../../src/index.ts'

const API = '/console/api/v1'
const TOKENS = ROLES.map((role) => ({ role, token: `the-token-of-a-${role}` }))
const LET_IN = 299

interface Route {
  readonly method: HTTPMethods
  readonly url: string
  readonly role: Role | 'anyone' | undefined
}

/** A console whose routes do nothing once a request was let in, and the list of its routes. */
async function doors(options: Partial<ConsoleOptions> = {}): Promise<{ app: FastifyInstance; routes: Route[] }> {
  const broker = createBroker(memoryAdapter())
  const app = Fastify()
  const seen: RouteOptions[] = []
  app.addHook('onRoute', (route) => void seen.push(route))
  app.addHook('preParsing', async (_request, reply) => reply.code(LET_IN).send())
  await app.register(mqConsole, { broker, auth: { tokens: TOKENS }, ...options })
  await app.ready()
  onTestFinished(async () => {
    await app.close()
    await broker.close()
  })
  const routes = seen
    .filter(({ method }) => !Array.isArray(method)) // those that answer 405
    .map(({ method, url, config }) => ({ method: method as HTTPMethods, url, role: config?.role }))
  return { app, routes }
}

const nameOf = ({ method, url }: Route): string => `${method} ${url}`
const isSafe = ({ method }: Route): boolean => method === 'GET' || method === 'HEAD'

async function knock(app: FastifyInstance, { method, url }: Route, token?: string): Promise<number> {
  const headers = token === undefined ? {} : { authorization: `Bearer ${token}` }
  const reply = await app.inject({ method: method as 'GET', url: url.replace(/:\w+|\*/g, 'x'), headers })
  return reply.statusCode
}

describe('route by role', () => {
  it('names the role of every route, and only signing in and out, and the page, are for anyone', async () => {
    const { routes } = await doors()
    expect(routes.length).toBeGreaterThan(3)
    expect(routes.filter(({ role }) => role === undefined).map(nameOf)).toEqual([])
    const forAnyone = routes.filter(({ role, url }) => role === 'anyone' && url.startsWith(`${API}/`)).map(nameOf)
    expect(forAnyone.toSorted()).toEqual([`DELETE ${API}/session`, `POST ${API}/session`])
    const changing = routes.filter((route) => !isSafe(route) && route.role === 'viewer')
    expect(changing.map(nameOf)).toEqual([])
  })

  it('lets in those whose role suffices, and nobody else', async () => {
    const { app, routes } = await doors()
    for (const route of routes) {
      const { role: needed } = route
      const without = await knock(app, route)
      expect([nameOf(route), 'nobody', without]).toEqual([nameOf(route), 'nobody', needed === 'anyone' ? LET_IN : 401])
      for (const { role, token } of TOKENS) {
        const expected = needed === 'anyone' || includes(role, needed ?? 'operator') ? LET_IN : 403
        expect([nameOf(route), role, await knock(app, route, token)]).toEqual([nameOf(route), role, expected])
      }
    }
  })

  it('lets nobody change anything where the console is read-only', async () => {
    const { app, routes } = await doors({ readOnly: true })
    for (const route of routes) {
      const expected = isSafe(route) || route.role === 'anyone' ? LET_IN : 403
      expect([nameOf(route), await knock(app, route, 'the-token-of-a-operator')]).toEqual([nameOf(route), expected])
    }
  })

  it('is open to programs of this machine, as operators, where there is no auth, and to nobody else', async () => {
    const { app, routes } = await doors({ auth: undefined })
    for (const { method, url, role } of routes) {
      const path = url.replace(/:\w+|\*/g, 'x')
      const from = async (remoteAddress: string, headers = {}) =>
        (await app.inject({ method: method as 'GET', url: path, remoteAddress, headers })).statusCode
      const others = role === 'anyone' ? LET_IN : 403
      expect([url, await from('127.0.0.1'), await from('::1')]).toEqual([url, LET_IN, LET_IN])
      expect([url, await from('10.0.0.9'), await from('::ffff:10.0.0.9')]).toEqual([url, others, others])
      expect([url, await from('127.0.0.1', { 'x-forwarded-for': '127.0.0.1' })]).toEqual([url, others])
    }
  })
})

it('refuses everybody where a route names no role', async () => {
  const app = Fastify() as unknown as ConsoleApp
  onTestFinished(() => app.close())
  answerProblems(app)
  await guard(app, { basePath: '' })
  app.get('/forgotten', () => 'secret')
  expect((await app.inject('/forgotten')).json()).toMatchObject({ status: 403, code: 'forbidden' })
})
