import { createConfig, lintFromString } from '@redocly/openapi-core'
import swagger from '@fastify/swagger'
import Fastify from 'fastify'
import { createBroker, silentLogger } from '@mq/core'
import { memoryAdapter } from '@mq/memory-adapter'
import { expect, it, onTestFinished } from 'vitest'
import { mqConsole } from '../../src/index.ts'
import { described } from '../described.ts'
import { testConsole } from '../test-console.ts'

it('is described as OpenAPI 3.1, without a fault that Redocly finds', async () => {
  const { get } = await testConsole()
  const { status, body } = await get('/openapi.json')
  expect(status).toBe(200)
  expect(body.openapi).toMatch(/^3\.1/)
  const config = await createConfig({ extends: ['recommended-strict'] })
  const problems = await lintFromString({ source: JSON.stringify(body), absoluteRef: 'openapi.json', config })
  expect(problems.map(({ ruleId, message, location }) => `${ruleId}: ${message} ${location[0]?.pointer}`)).toEqual([])
})

it('gives each operation a name of its own, one known tag, a summary and a role', async () => {
  const { document, operations } = await described('/console')
  const names = operations.map(({ operation }) => operation.operationId)
  expect(new Set(names).size).toBe(names.length)
  const tags = document.tags!.map(({ name }) => name)
  for (const { operation } of operations) {
    expect(operation.operationId).toMatch(/^[a-z][a-zA-Z]+$/)
    expect(operation.tags).toHaveLength(1)
    expect(tags).toContain(operation.tags![0])
    expect(operation.summary).toBeTruthy()
  }
  expect(tags.filter((tag) => !operations.some(({ operation }) => operation.tags![0] === tag))).toEqual([])
})

it('leaves the description of its host alone', async () => {
  const broker = createBroker(memoryAdapter(), { logger: silentLogger })
  const app = Fastify()
  onTestFinished(async () => {
    await app.close()
    await broker.close()
  })
  await app.register(swagger, { openapi: { info: { title: 'the host', version: '1' } } })
  await app.register(mqConsole, { broker })
  app.get('/own', { schema: { querystring: { type: 'object', properties: { a: { type: 'string' } } } } }, () => 'own')
  await app.ready()
  expect(Object.keys(app.swagger().paths!)).toEqual(['/own'])
  const ours = await app.inject('/console/api/v1/openapi.json')
  expect(Object.keys(ours.json().paths)).toContain('/overview')
})

it('says where it is, wherever the host put it', async () => {
  for (const basePath of ['', '/ops/mq']) {
    const { get } = await testConsole({ basePath })
    const { body } = await get('/openapi.json')
    expect(body.servers).toMatchObject([{ url: `${basePath}/api/v1` }])
    expect(Object.keys(body.paths)).toContain('/queues/{queue}')
  }
})
