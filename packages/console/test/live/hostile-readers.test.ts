import { defineChannel } from '@mq/core'
import fc from 'fast-check'
import { once } from 'node:events'
import { connect } from 'node:net'
import type { AddressInfo, Socket } from 'node:net'
import { setTimeout as pause } from 'node:timers/promises'
import { expect, it, vi } from 'vitest'
import { testConsole } from '../test-console.ts'
import { EventStream } from './event-stream.ts'

const SEATS = 4
const LONG = process.env['MQ_FUZZ_RUNS']
const RUNS = LONG === undefined ? { numRuns: 8, seed: 10 } : { numRuns: Number(LONG) }

/** Takes some time, in which clients are lost. */
const auth = { authorize: () => pause(5, { role: 'viewer' } as const) }

/** At which point of an exchange a client is lost, or what it never does. */
const ENDS = ['in the request', 'before the answer', 'in the head', 'in a frame', 'never reads', 'half closed'] as const
const HOSTILE = [
  '',
  ' ',
  'x'.repeat(200),
  'x'.repeat(201),
  'x'.repeat(9_000),
  '-1',
  'abc-99999999999999999999',
  '__proto__',
  '../../x',
  '%00%0d%0aset-cookie:%20a=b',
  '<script>alert(1)</script>',
  '\u202e\ud83d\ude00',
  ...['[]', '{}', 'null', '0', 'NaN-NaN'],
]

const client = fc.record({
  path: fc.constantFrom('/events', '/channels/news/tail', '/channels/nobody/tail'),
  filter: fc.option(fc.constantFrom(...HOSTILE, 'mails')),
  query: fc.option(fc.constantFrom(...HOSTILE)),
  header: fc.option(fc.oneof(fc.constantFrom(...HOSTILE), fc.string({ maxLength: 400 }))),
  end: fc.constantFrom(...ENDS),
  method: fc.constantFrom('GET', 'GET', 'GET', 'HEAD', 'POST'),
})
type Client = typeof client extends fc.Arbitrary<infer T> ? T : never

/** More than there are seats. */
const QUIET: readonly Client[] = Array.from({ length: SEATS + 1 }, () => ({
  path: '/events',
  filter: null,
  query: null,
  header: null,
  end: 'never reads',
  method: 'GET',
}))

function requestOf({ method, path, filter, query, header }: Client): string {
  const given = [
    ...(filter === null ? [] : [['queue', filter]]),
    ...(query === null ? [] : [['lastEventId', query]]),
  ] as [string, string][]
  const url = `/console/api/v1${path}?${new URLSearchParams(given).toString()}`
  const last = header === null ? '' : `Last-Event-ID: ${header.replaceAll(/[^\x20-\x7e]/g, '?')}\r\n`
  return `${method} ${url} HTTP/1.1\r\nHost: localhost\r\n${last}\r\n`
}

/** What its answer begins with, if it waits for one. The socket may be open still. */
async function visit(port: number, one: Client): Promise<{ socket: Socket; head: string }> {
  const socket = connect(port, '127.0.0.1').on('error', () => undefined)
  await once(socket, 'connect')
  const request = requestOf(one)
  if (one.end === 'in the request') {
    socket.write(request.slice(0, request.length / 2))
    await new Promise(setImmediate)
    socket.destroy()
    return { socket, head: '' }
  }
  socket.write(request)
  if (one.end === 'before the answer') {
    await new Promise(setImmediate)
    socket.destroy()
    return { socket, head: '' }
  }
  const head = await Promise.race([once(socket, 'data').then(([data]) => String(data)), once(socket, 'close')])
  if (one.end === 'in a frame' && String(head).includes(' 200 '))
    await Promise.race([once(socket, 'data'), once(socket, 'close')])
  if (one.end === 'half closed') socket.end()
  else if (one.end === 'never reads') socket.pause()
  else socket.destroy()
  return { socket, head: String(head) }
}

it(
  'gives each seat back whatever readers send and however they are lost, and answers the next ones',
  async () => {
    const faults: string[] = []
    const logger = { level: 'error', stream: { write: (line: string) => void faults.push(line) } }
    const { app, broker } = await testConsole(
      { live: { maxReaders: SEATS, maxPerClient: SEATS }, rateLimit: false, auth },
      { logger },
    )
    await app.listen({ port: 0, host: '127.0.0.1' })
    const { port } = app.server.address() as AddressInfo
    const channel = broker.channel(defineChannel({ name: 'news' }))
    await broker.queue('mails').enqueue(1)
    const statuses = new Set<string>()

    await fc.assert(
      fc.asyncProperty(fc.array(client, { minLength: SEATS, maxLength: 4 * SEATS }), async (clients) => {
        await channel.publish(0)
        const visits = [...clients, ...QUIET].map((one) => visit(port, one))
        let isOver = false
        const visited = Promise.all(visits).finally(() => (isOver = true))
        for (let i = 0; i < 5 || !isOver; i++) {
          await channel.publish('x'.repeat(i < 5 ? 60_000 : 10))
          await pause(i < 5 ? 0 : 10)
        }
        for (const { socket, head } of await visited) {
          const status = /^HTTP\/1\.1 (\d{3})/.exec(head)?.[1]
          if (status !== undefined) statuses.add(status)
          if (status === '503') expect(head).toMatch(/retry-after: \d/i)
          socket.destroy()
        }
        // Whoever was lost has no seat: all of them can be taken again.
        await vi.waitFor(
          async () => {
            const streams = await Promise.all(Array.from({ length: SEATS }, () => EventStream.open(app, '/events')))
            const found = streams.map(({ response }) => response.status)
            await Promise.all(streams.map((stream) => stream.close()))
            expect(found).toEqual(found.map(() => 200))
          },
          { timeout: 5_000 },
        )
      }),
      RUNS,
    )
    const known = ['200', '400', '404', '405', '431', '503']
    expect([...statuses].filter((status) => !known.includes(status))).toEqual([])
    for (const status of ['200', '400', '404', '503']) expect(statuses).toContain(status)
    expect(faults).toEqual([])
  },
  LONG === undefined ? 30_000 : 600_000,
)
