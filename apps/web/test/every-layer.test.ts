// Errors have one form, whichever layer refuses: a client reads one `code`.
import { once } from 'node:events'
import { connect } from 'node:net'
import type { Socket } from 'node:net'
import { describe, expect, it } from 'vitest'
import { taskCount, testWeb } from './test-web.ts'

const POST = 'POST /queues/prodcons/tasks HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n'

const connectTo = (url: string): Socket => connect(Number(new URL(url).port), '127.0.0.1').setEncoding('latin1')

/** What is answered to these bytes. */
async function answerTo(url: string, bytes: string) {
  const socket = connectTo(url)
  socket.write(bytes, 'latin1')
  return answerOn(socket)
}

/** What is answered until the connection ends. */
async function answerOn(socket: Socket) {
  let text = ''
  socket.on('data', (chunk) => (text += String(chunk)))
  await once(socket, 'close')
  const [head = '', body = ''] = text.split('\r\n\r\n')
  return { status: Number(head.slice(9, 12)), head, body: JSON.parse(body) as unknown }
}

describe('what the parser of HTTP refuses', () => {
  it.each([
    ['what is not HTTP', 'NONSENSE\r\n\r\n', 400, 'bad-request'],
    ['an unknown method', 'FOO / HTTP/1.1\r\nHost: localhost\r\n\r\n', 400, 'bad-request'],
    ['a path with a line break', 'GET /a\nb HTTP/1.1\r\nHost: localhost\r\n\r\n', 400, 'bad-request'],
    ['two lengths', `${POST}Content-Length: 13\r\nContent-Length: 14\r\n\r\n{"payload":1}`, 400, 'bad-request'],
    [
      'a length and chunks',
      `${POST}Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n`,
      400,
      'bad-request',
    ],
    ['20 KB of headers', `${POST}X: ${'a'.repeat(20_000)}\r\n\r\n`, 431, 'headers-too-large'],
    ['an address of 20 KB', `GET /${'a'.repeat(20_000)} HTTP/1.1\r\nHost: localhost\r\n\r\n`, 431, 'headers-too-large'],
  ])('%s: a code, as everywhere', async (_what, bytes, status, code) => {
    const { app, broker } = await testWeb()
    const answer = await answerTo(await app.listen({ port: 0 }), bytes)
    expect(answer).toMatchObject({ status, body: { code, message: expect.any(String) } })
    expect(answer.head).toMatch(/^Content-Type: application\/json/m)
    expect(await taskCount(broker)).toBe(0)
  })

  it('a request that does not arrive in time: a code, too', async () => {
    const { app } = await testWeb()
    const url = await app.listen({ port: 0 })
    app.server.headersTimeout = 1 // is looked at every second
    const answer = await answerTo(url, 'GET / HTTP/1.1\r\n')
    expect(answer).toMatchObject({ status: 408, body: { code: 'request-timeout' } })
  })
})

it('a process that stops answers 503 with a code, and says when to come again', async () => {
  const { app, broker } = await testWeb()
  const socket = connectTo(await app.listen({ port: 0 }))
  // Half a request keeps its connection while the app closes.
  socket.write(POST)
  await once(app.server, 'connection')
  const closed = app.close()
  await new Promise((resolve) => setImmediate(resolve))
  socket.write('Content-Length: 13\r\n\r\n{"payload":1}')
  const { head, body } = await answerOn(socket)
  await closed
  expect(head).toMatch(/^HTTP\/1.1 503 /)
  expect(head).toMatch(/^retry-after: 1$/im)
  expect(body).toEqual({ code: 'closing', message: expect.any(String) })
  expect(await taskCount(broker)).toBe(0)
})

it.each(['gzip', 'br', 'identity, gzip', 'GZIP'])('a body in the coding %s is refused unread', async (coding) => {
  const { app, broker } = await testWeb()
  const headers = { 'content-type': 'application/json', 'content-encoding': coding }
  const url = '/queues/prodcons/tasks'
  const response = await app.inject({ method: 'POST', url, headers, payload: '{"payload":1}' })
  expect([response.statusCode, response.json().code]).toEqual([415, 'wrong-content-coding'])
  expect(await taskCount(broker)).toBe(0)
})
