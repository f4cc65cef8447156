import type { OpenAPIV3_1 } from 'openapi-types'
import { expect, it } from 'vitest'
import { described } from '../described.ts'
import { testConsole } from '../test-console.ts'

const WRONG = [
  '0x10',
  '0b11',
  '1e1',
  '5.0',
  '+5',
  ' 5',
  '5 ',
  '',
  '1_0',
  '٣',
  'true',
  '-1',
  '99999999999999999999',
  '5,6',
]

it('a number in a query is written in decimal digits, and nothing else is taken for one', async () => {
  const { broker, app, get } = await testConsole()
  await broker.queue('mails').enqueue(1)
  const { operations } = await described('/console')
  const found = operations.flatMap(({ method, path, operation }) =>
    ((operation.parameters ?? []) as OpenAPIV3_1.ParameterObject[])
      .filter((one) => one.in === 'query' && (one.schema as OpenAPIV3_1.SchemaObject)?.type === 'integer')
      .map(({ name }) => ({ method, path, name, body: operation.requestBody !== undefined })),
  )
  expect(new Set(found.map(({ name }) => name))).toEqual(new Set(['limit', 'waitMs', 'from', 'to', 'n']))
  for (const { method, path, name, body } of found) {
    const url = `/console/api/v1${path.replaceAll(/\{\w+\}/g, 'mails')}`
    for (const text of WRONG) {
      const query = `${name}=${encodeURIComponent(text)}`
      const { statusCode, ...answer } = await app.inject({
        method: method.toUpperCase() as 'GET',
        url: `${url}?${query}`,
        ...(body && { payload: { payload: 1 } }),
      })
      expect([url, query, statusCode]).toEqual([url, query, 400])
      expect(answer.json().detail).toContain(name)
    }
  }
  const { status, body } = await get('/queues?limit=0005')
  expect([status, body.queues.length]).toEqual([200, 1])
})
