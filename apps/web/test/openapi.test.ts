import { createConfig, lintFromString } from '@redocly/openapi-core'
import { expect, it } from 'vitest'
import { testWeb } from './test-web.ts'

it('describes its API as OpenAPI 3.1, without a fault that Redocly finds', async () => {
  const { app } = await testWeb()
  const document = (await app.inject('/openapi.json')).json()
  expect(document.openapi).toMatch(/^3\.1/)
  // The article's two links lead back to the page, and answer nothing else.
  const rules = { 'operation-2xx-response': 'off' } as const
  const config = await createConfig({ extends: ['recommended-strict'], rules })
  const problems = await lintFromString({ source: JSON.stringify(document), absoluteRef: 'openapi.json', config })
  expect(problems.map(({ ruleId, message, location }) => `${ruleId}: ${message} ${location[0]?.pointer}`)).toEqual([])
})

it('describes every route, what it answers, and no state that is never answered', async () => {
  const { app } = await testWeb()
  const { paths } = (await app.inject('/openapi.json')).json()
  const answers = Object.entries<Record<string, { responses: object }>>(paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, { responses }]) => [`${method} ${path}`, Object.keys(responses)]),
  )
  expect(Object.fromEntries(answers)).toEqual({
    'post /channels/{channel}/messages': ['202', '4XX', '5XX'],
    'get /events': ['200', '4XX', '5XX'],
    'get /health/live': ['200', '4XX', '5XX'],
    'get /health/ready': ['200', '4XX', '5XX'],
    'get /prodcons': ['302', '4XX', '5XX'],
    'get /pubsub': ['302', '4XX', '5XX'],
    'post /queues/{queue}/tasks': ['200', '202', '4XX', '5XX'],
    'get /queues/{queue}/tasks/{id}': ['200', '4XX', '5XX'],
  })
  const { post } = paths['/queues/{queue}/tasks']
  expect(Object.keys(post.requestBody.content['application/json'].schema.properties)).toContain('payload')
  const states = post.responses['200'].content['application/json'].schema.properties.state.enum
  expect(states).toContain('dead')
  expect(states).not.toContain('unknown')
})
