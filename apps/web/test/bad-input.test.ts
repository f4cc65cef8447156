import { describe, expect, it } from 'vitest'
import { listen, taskCount, testWeb } from './test-web.ts'

const TASKS = '/queues/prodcons/tasks'
const MESSAGES = '/channels/pubsub/messages'
const JSON_TYPE = 'application/json'

interface Bad {
  readonly what: string
  readonly method?: 'GET' | 'PUT' | 'DELETE' | 'PATCH' | 'POST'
  readonly url: string
  readonly type?: string
  readonly body?: string
  readonly headers?: Readonly<Record<string, string>>
  readonly status: number
  readonly code: string
}

const cases: readonly Bad[] = [
  { what: 'an unknown address', method: 'GET', url: '/nowhere', status: 404, code: 'not-found' },
  { what: 'an address that cannot be decoded', method: 'GET', url: '/%E0%A4%A', status: 400, code: 'bad-request' },
  { what: 'an unknown queue', url: '/queues/nobody/tasks', status: 404, code: 'unknown-queue' },
  {
    what: 'an unknown queue, and a bad body',
    url: '/queues/nobody/tasks',
    body: '{',
    status: 404,
    code: 'unknown-queue',
  },
  { what: 'a queue named __proto__', url: '/queues/__proto__/tasks', status: 404, code: 'unknown-queue' },
  {
    what: 'a task of an unknown queue',
    method: 'GET',
    url: '/queues/nobody/tasks/1',
    status: 404,
    code: 'unknown-queue',
  },
  { what: 'an unknown channel', url: '/channels/nobody/messages', status: 404, code: 'unknown-channel' },
  { what: 'a wrong query', url: `${TASKS}?waitMs=soon`, status: 400, code: 'invalid-request' },
  { what: 'a number in hexadecimal', url: `${TASKS}?waitMs=0x10`, status: 400, code: 'invalid-request' },
  { what: 'nothing for a number', url: `${TASKS}?waitMs=`, status: 400, code: 'invalid-request' },
  { what: 'too long a wait', url: `${TASKS}?waitMs=31000`, status: 400, code: 'invalid-request' },
  { what: 'an unknown query', url: `${TASKS}?wait=1`, status: 400, code: 'invalid-request' },
  { what: 'an id of wrong letters', url: TASKS, body: '{"payload":1,"id":"a b"}', status: 400, code: 'invalid-id' },
  {
    what: 'an id that is too long',
    url: TASKS,
    body: `{"payload":1,"id":"${'a'.repeat(129)}"}`,
    status: 400,
    code: 'invalid-id',
  },
  { what: 'an empty id', url: TASKS, body: '{"payload":1,"id":""}', status: 400, code: 'invalid-id' },
  { what: 'a priority of 10', url: TASKS, body: '{"payload":1,"priority":10}', status: 400, code: 'invalid-request' },
  { what: 'a negative delay', url: TASKS, body: '{"payload":1,"delayMs":-1}', status: 400, code: 'invalid-request' },
  {
    what: 'a task that would expire before it is due',
    url: TASKS,
    body: '{"payload":1,"delayMs":5000,"expiresInMs":5000}',
    status: 400,
    code: 'invalid-request',
  },
  {
    what: 'headers of 9 KB',
    url: TASKS,
    body: `{"payload":1,"headers":{"a":"${'x'.repeat(9_000)}"}}`,
    status: 400,
    code: 'invalid-request',
  },
  { what: 'an unknown option', url: TASKS, body: '{"payload":1,"colour":1}', status: 400, code: 'invalid-request' },
  ...both('another site', { headers: { 'sec-fetch-site': 'cross-site' } }, 403, 'cross-site'),
  ...both('text', { type: 'text/plain' }, 415, 'wrong-media-type'),
  ...both('a form', { type: 'application/x-www-form-urlencoded', body: 'payload=1' }, 415, 'wrong-media-type'),
  ...both('a body of 100 KB', { body: `{"payload":"${'x'.repeat(100_000)}"}` }, 413, 'body-too-large'),
  ...both('no body', { body: '' }, 400, 'invalid-json'),
  ...both('half a body', { body: '{"payload":1' }, 400, 'invalid-json'),
  ...both('__proto__ in the body', { body: '{"payload":1,"__proto__":{"admin":true}}' }, 400, 'invalid-json'),
  ...both('__proto__ in the payload', { body: '{"payload":{"__proto__":{"admin":true}}}' }, 400, 'invalid-json'),
  ...both('__proto__ in disguise', { body: '{"payload":{"\\u005f_proto__":1}}' }, 400, 'invalid-json'),
  ...both('constructor.prototype', { body: '{"payload":{"constructor":{"prototype":1}}}' }, 400, 'invalid-json'),
  ...both('a body that is no object', { body: '7' }, 400, 'invalid-request'),
  ...both('null', { body: 'null' }, 400, 'invalid-request'),
  ...[10, -1, 1.5, '"7"', 'null', '[7]', '{"element":7}', 'true', '1e400']
    .map((payload) =>
      both(`a payload of ${payload}`, { body: `{"payload":${payload}}` }, 422, 'invalid-payload', 'invalid-message'),
    )
    .flat(),
  ...both('no payload', { body: '{}' }, 422, 'invalid-payload', 'invalid-message'),
]

function both(what: string, bad: Partial<Bad>, status: number, taskCode: string, messageCode = taskCode): Bad[] {
  return [
    { what: `${what}, as a task`, url: TASKS, ...bad, status, code: taskCode },
    { what: `${what}, as a message`, url: MESSAGES, ...bad, status, code: messageCode },
  ]
}

describe('bad input', () => {
  it.each(cases)('$what: $status $code, and nothing is produced', async (bad) => {
    const { app, broker } = await testWeb()
    const heard = await listen(broker)
    const { method = 'POST', url, type = JSON_TYPE, body = '{"payload":7}', headers = {} } = bad
    const withBody = method === 'GET' ? {} : { payload: body }
    const response = await app.inject({
      method,
      url,
      headers: { ...(method !== 'GET' && { 'content-type': type }), ...headers },
      ...withBody,
    })
    expect(response.json()).toEqual({ code: bad.code, message: expect.any(String) })
    expect(response.statusCode).toBe(bad.status)
    expect(response.headers['content-type']).toContain('application/json')
    expect(await taskCount(broker)).toBe(0)
    expect(heard).toEqual([])
  })

  it.each([
    ['PUT', TASKS, 'POST'],
    ['DELETE', TASKS, 'POST'],
    ['GET', TASKS, 'POST'],
    ['GET', MESSAGES, 'POST'],
    ['POST', `${TASKS}/1`, 'GET, HEAD'],
    ['POST', '/prodcons', 'GET, HEAD'],
    ['POST', '/pubsub', 'GET, HEAD'],
    ['POST', '/', 'GET, HEAD'],
    ['POST', '/events', 'GET'],
    ['HEAD', '/events', 'GET'],
    ['POST', '/health/live', 'GET, HEAD'],
    ['OPTIONS', TASKS, 'POST'],
  ] as const)('%s %s: 405, which names %s', async (method, url, allow) => {
    const { app, broker } = await testWeb()
    const response = await app.inject({ method, url, headers: { 'content-type': 'text/plain' }, payload: 'x' })
    expect(response.statusCode).toBe(405)
    expect(response.headers['allow']).toBe(allow)
    if (method !== 'HEAD') expect(response.json().code).toBe('wrong-method')
    expect(await taskCount(broker)).toBe(0)
  })
})
