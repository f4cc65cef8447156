import { defineChannel } from '@mq/core'
import type { Broker } from '@mq/core'
import { createScheduler } from '@mq/scheduler'
import type { Scheduler } from '@mq/scheduler'
import fc from 'fast-check'
import { generateSync } from 'json-schema-faker'
import type { OpenAPIV3_1 } from 'openapi-types'
import { expect, it } from 'vitest'
import { described } from '../described.ts'
import type { DescribedOperation } from '../described.ts'
import { testConsole } from '../test-console.ts'

/** For longer than a test may take, and each time other requests: `MQ_FUZZ_RUNS=2000`. */
const LONG = process.env['MQ_FUZZ_RUNS']
const RUNS = LONG === undefined ? { numRuns: 12, seed: 10 } : { numRuns: Number(LONG) }
const SLOW_MS = 10_000
/** They do not end. */
const STREAMS: ReadonlySet<string> = new Set(['watch', 'tailChannel'])

const HOSTILE: readonly unknown[] = [
  null,
  true,
  -1,
  1e308,
  0.1,
  '',
  ' ',
  '__proto__',
  'constructor',
  '../../x',
  '<script>alert(1)</script>',
  '\u0000\u202e\ud800',
  'x'.repeat(3_000),
  [],
  {},
  [[[[]]]],
  { __proto__: null, toString: 1, length: -1 },
  { ids: 'all' },
]

type Schema = Record<string, unknown>

interface Sent {
  readonly url: string
  readonly body: string | undefined
  readonly type: string
  readonly headers: Readonly<Record<string, string>>
}

/** Requests as the description allows them, and such with one thing wrong. */
function requestsOf(
  { method, path, operation }: DescribedOperation,
  document: OpenAPIV3_1.Document,
): fc.Arbitrary<Sent> {
  const parameters = (operation.parameters ?? []).filter((one): one is OpenAPIV3_1.ParameterObject => !('$ref' in one))
  const content = (operation.requestBody as OpenAPIV3_1.RequestBodyObject | undefined)?.content['application/json']
  const valueOf = (schema: unknown, seed: number): unknown =>
    generateSync(
      { ...(schema as Schema), components: document.components } as never,
      { seed, optionalsProbability: 0.5 } as never,
    )

  return fc
    .record({
      seed: fc.nat(),
      known: fc.boolean(),
      wrong: fc.constantFrom('nothing', 'nothing', 'parameter', 'leaf', 'extra', 'missing', 'text', 'type'),
      hostile: fc.constantFrom(...HOSTILE),
      place: fc.nat(1_000),
    })
    .map(({ seed, known, wrong, hostile, place }) => {
      const texts = new Map<string, string>()
      for (const parameter of parameters) {
        const { name, schema } = parameter
        const isWrong = wrong === 'parameter' && place % parameters.length === parameters.indexOf(parameter)
        const usual = known ? KNOWN[name] : undefined
        const value = isWrong ? hostile : (usual ?? valueOf(schema, seed))
        if (parameter.required === true || isWrong || seed % 3 > 0)
          texts.set(name, textOf(name === 'waitMs' ? 1 : value))
      }
      const inPlace = (place: string): [string, string][] =>
        parameters
          .filter((each) => each.in === place && texts.has(each.name))
          .map(({ name }) => [name, texts.get(name)!])
      const target = inPlace('path').reduce((url, [name, text]) => url.replace(`{${name}}`, encoded(text)), path)
      const query = inPlace('query').map(([name, text]) => `${name}=${encoded(text)}`)
      const made = content === undefined ? undefined : spoiled(valueOf(content.schema, seed), wrong, hostile, place)
      const confirmed =
        known && isObject(made) && 'confirm' in made ? { ...made, confirm: texts.get('group') ?? 'mails' } : made
      const json = confirmed === undefined ? undefined : JSON.stringify(confirmed)
      return {
        url: query.length === 0 ? target : `${target}?${query.join('&')}`,
        body: wrong === 'text' && method !== 'get' ? `${json ?? '{'}`.slice(0, -1) : json,
        type:
          wrong === 'type'
            ? ['text/plain', 'application/xml', 'application/json; charset=utf-16'][place % 3]!
            : 'application/json',
        headers: Object.fromEntries(
          inPlace('header').map(([name, text]) => [name, text.replaceAll(/[^\x20-\x7e]/g, '?')]),
        ),
      }
    })
}

const KNOWN: Readonly<Record<string, unknown>> = {
  queue: 'mails',
  id: 't1',
  channel: 'log',
  group: 'g',
  schedule: 's',
  confirm: 'mails',
  limit: 3,
  after: undefined,
}

function textOf(value: unknown): string {
  return typeof value === 'string' ? value : (JSON.stringify(value) ?? '')
}

function encoded(text: string): string {
  return encodeURIComponent(text.replaceAll(/[\ud800-\udfff]/g, '?'))
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

/** With one thing changed, somewhere. */
function spoiled(value: unknown, wrong: string, hostile: unknown, place: number): unknown {
  if (wrong === 'leaf' && !isObject(value)) return hostile
  if (!isObject(value)) return value
  const names = Object.keys(value)
  const name = names[place % Math.max(1, names.length)]
  if (wrong === 'extra') return { ...value, [typeof hostile === 'string' ? hostile : 'more']: hostile }
  if (name === undefined) return value
  if (wrong === 'missing') return Object.fromEntries(Object.entries(value).filter(([each]) => each !== name))
  if (wrong === 'leaf') return { ...value, [name]: spoiled(value[name], wrong, hostile, Math.floor(place / 7)) }
  return value
}

/** What changes by itself. */
const AGES: ReadonlySet<string> = new Set(['oldestWaitMs', 'overdue', 'lapsed', 'due', 'dueForMs', 'tickerSeenAgoMs'])

/** All that a call might change, as far as it can be seen. */
async function stateOf(broker: Broker): Promise<string> {
  const queues = await Promise.all(
    (await broker.queues()).map(async (name) => [name, await broker.queue(name).stats()]),
  )
  const channels = await Promise.all(
    (await broker.channels()).map(async (name) => {
      const groups = await broker.channel(name).groups()
      return [name, await Promise.all(groups.map((group) => broker.channel(name).group(group).stats()))]
    }),
  )
  return JSON.stringify([queues, channels], (key, value: unknown) => {
    if (AGES.has(key)) return undefined
    // Time makes one of the other.
    return key === 'waiting' || key === 'delayed' ? undefined : value
  })
}

const log = defineChannel({ name: 'log', history: { maxCount: 100 } })

async function prepare(broker: Broker, schedules: Scheduler): Promise<void> {
  await broker.queue('mails').enqueue(1, { id: 't1', existing: 'replace' })
  await schedules.upsert('mails', 's', { cron: '0 0 1 1 *', payload: 1 })
  const groups = await broker.channel(log).groups()
  if (!groups.includes('g')) await (await broker.channel(log).consume('g', () => undefined)).close()
}

it('answers what is described to every request, at once, and does nothing when it refuses one', async () => {
  const { app, broker } = await testConsole({ channels: [log], rateLimit: false })
  const base = '/console/api/v1'
  const schedules = createScheduler(broker, { ticks: false })
  const { document, operations, faultOf } = await described('/console')
  const statuses = new Map<number, number>()
  for (const each of operations) {
    if (STREAMS.has(each.operation.operationId!)) continue
    const isRead = each.method === 'get'
    await fc.assert(
      fc.asyncProperty(requestsOf(each, document), async ({ url, body, type, headers }) => {
        await prepare(broker, schedules)
        const before = isRead ? '' : await stateOf(broker)
        const started = performance.now()
        const reply = await app.inject({
          method: each.method.toUpperCase() as 'GET',
          url: base + url,
          headers: { ...headers, ...(body !== undefined && { 'content-type': type }) },
          ...(body !== undefined && { payload: body }),
        })
        expect(performance.now() - started).toBeLessThan(SLOW_MS)
        const { statusCode: status } = reply
        statuses.set(status, (statuses.get(status) ?? 0) + 1)
        expect(status < 500 || status === 501, `${status}: ${reply.body}`).toBe(true)
        const answer = reply.body === '' ? undefined : (JSON.parse(reply.body) as unknown)
        const contentType = reply.headers['content-type']?.toString()
        const path = url.split('?')[0]!
        const fault = faultOf({ method: each.method, path: each.path, status, type: contentType, body: answer })
        expect(fault, `${each.method} ${path}`).toBeUndefined()
        if (status >= 400 && !isRead) expect(await stateOf(broker)).toBe(before)
      }),
      RUNS,
    )
  }
  // Both kinds were met.
  expect(statuses.get(200)).toBeGreaterThan(operations.length)
  expect(statuses.get(400)).toBeGreaterThan(operations.length)
}, 400_000)
