import { createBroker, silentLogger } from '@mq/core'
import type { Broker } from '@mq/core'
import { memoryAdapter } from '@mq/memory-adapter'
import Fastify from 'fastify'
import type { FastifyInstance, FastifyServerOptions, InjectOptions } from 'fastify'
import { expect, onTestFinished } from 'vitest'
import { mqConsole } from '../src/index.ts'
import type { ConsoleOptions } from '../src/index.ts'
import { answerProblem } from '../src/problems/answer-problems.ts'
import { described } from './described.ts'

export interface TestConsole {
  readonly app: FastifyInstance
  readonly broker: Broker
  get(path: string, headers?: Readonly<Record<string, string>>): Promise<Answer>
  post(path: string, body?: unknown, headers?: Readonly<Record<string, string>>): Promise<Answer>
  put(path: string, body: unknown): Promise<Answer>
  remove(path: string): Promise<Answer>
}

export interface Answer {
  readonly status: number
  readonly headers: Readonly<Record<string, unknown>>
  readonly body: any
}

/** A console on the memory adapter, in a Fastify app of its own. */
export async function testConsole(
  options: Partial<ConsoleOptions> = {},
  server: FastifyServerOptions = {},
): Promise<TestConsole> {
  const { broker = createBroker(memoryAdapter(), { logger: silentLogger }), basePath = '/console' } = options
  const app = Fastify({ routerOptions: { maxParamLength: 256 }, frameworkErrors: answerProblem, ...server })
  await app.register(mqConsole, { ...options, broker })
  const base = `${basePath}/api/v1`
  onTestFinished(async () => {
    await app.close()
    await broker.close()
  })

  /** Every answer in the tests is one that the API describes. */
  async function faultOf(
    { method = 'GET', path }: { method?: string; path: string },
    answer: Answer,
  ): Promise<unknown> {
    const type = answer.headers['content-type'] as string | undefined
    return (await described(basePath)).faultOf({ ...answer, method, path, type })
  }

  async function send(request: InjectOptions & { readonly path: string }): Promise<Answer> {
    const reply = await app.inject({ ...request, path: `${base}${request.path}` })
    const body: unknown = reply.body === '' ? undefined : reply.json()
    const answer = { status: reply.statusCode, headers: reply.headers, body }
    if (request.path !== '/openapi.json') expect(await faultOf(request, answer)).toBeUndefined()
    return answer
  }
  return {
    app,
    broker,
    get: (path, headers) => send({ method: 'GET', path, ...(headers && { headers }) }),
    post: (path, body, headers = {}) => {
      const sent = body === undefined ? {} : { payload: JSON.stringify(body) }
      const type = body === undefined ? {} : { 'content-type': 'application/json' }
      return send({ method: 'POST', path, ...sent, headers: { ...type, ...headers } })
    },
    put: (path, body) => {
      const headers = { 'content-type': 'application/json' }
      return send({ method: 'PUT', path, payload: JSON.stringify(body), headers })
    },
    remove: (path) => send({ method: 'DELETE', path }),
  }
}
