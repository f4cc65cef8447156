import { startRedis } from '@mq/redis-server'
import type { RedisServer } from '@mq/redis-server'
import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { json } from 'node:stream/consumers'
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest'
import { Audit, AuditError } from '../src/audit.ts'
import type { Contender, Producer } from '../src/contenders/contender.ts'
import { measure } from '../src/measure.ts'
import { placeOf } from './place-of.ts'
import { SCENARIOS } from '../src/scenarios/all.ts'
import { inBulk } from '../src/scenarios/enqueue.ts'
import { handleAll } from '../src/scenarios/handle-all.ts'
import type { Task } from '../src/task.ts'

let server: RedisServer
beforeAll(async () => {
  server = await startRedis()
})
afterAll(() => server.stop())

/** A queue in this process; `hand` says how often it hands out a task. */
function contenderThat(hand: (task: Task) => number, forgets = 0): Contender {
  let waiting: Task[] = []
  const producer: Producer = {
    enqueue: async (task) => waiting.push(task),
    enqueueAll: async (tasks) => waiting.push(...tasks),
    left: async () => waiting.length + forgets,
    close: async () => undefined,
  }
  return {
    name: 'mq',
    package: '@mq/core',
    title: () => 'a bad one',
    settings: 'none',
    requests: () => 0,
    connectProducer: async () => producer,
    connectWorker: async (_url, _concurrency, handler) => ({
      run() {
        const taken = waiting
        waiting = []
        for (const task of taken) for (let times = hand(task); times > 0; times--) void handler(task)
      },
      close: async () => undefined,
    }),
  }
}

const [enqueue, process100] = ['enqueue', 'process-100'].map((name) => SCENARIOS.find((each) => each.name === name)!)

it.each([enqueue!, process100!])('$name accepts a contender that hands out each task once', async (scenario) => {
  const contender = contenderThat(() => 1)
  const { perSecond } = await measure({ place: placeOf(server), contender, scenario, count: 2_500 })
  expect(perSecond).toBeGreaterThan(0)
})

it.each([enqueue!, process100!])('$name fails when one task is lost and another doubled', async (scenario) => {
  const contender = contenderThat(({ n }) => (n === 3 ? 0 : n === 7 ? 2 : 1))
  const run = measure({ place: placeOf(server), contender, scenario, count: 100 })
  await expect(run).rejects.toThrow(AuditError)
  await expect(run).rejects.toThrow('lost 1 (3), handled twice or more 1 (7)')
})

describe('a web server', () => {
  const http = SCENARIOS.find(({ name }) => name === 'http-10')!
  const web = { serve: () => Promise.reject(new Error('served by the test')) }

  /** Answers each post, and stores what it says; its own process is this one. */
  const post = async (idOf: (n: number) => string, stores: (n: number) => boolean, status = 202): Promise<unknown> => {
    const contender = { ...contenderThat(({ n }) => (n === 7 && !stores(3) ? 2 : 1)), web }
    const { enqueue } = await contender.connectProducer(server.url)
    const listener = createServer(async (request, response) => {
      const { payload } = (await json(request)) as { payload: Task }
      if (stores(payload.n)) await enqueue(payload)
      response.writeHead(status).end(JSON.stringify({ id: idOf(payload.n) }))
    }).listen(0, '127.0.0.1')
    await once(listener, 'listening')
    onTestFinished(() => listener.close().closeAllConnections())
    const { port } = listener.address() as AddressInfo
    const ask = async (message: object) => ('contender' in message ? `http://127.0.0.1:${port}` : 1)
    const helper = () => ({ ask, onTold: () => undefined, end: () => undefined })
    return measure({ place: placeOf(server), contender, scenario: http, count: 100, helper })
  }

  it('is measured when it stores each task once', async () => {
    expect(await post(String, () => true)).toMatchObject({ perSecond: expect.any(Number), cpuUs: 0.01 })
  })

  it('has no figure when it loses a task that it answered, and doubles another', async () => {
    await expect(post(String, (n) => n !== 3)).rejects.toThrow('lost 1 (3), handled twice or more 1 (7)')
  })

  it('has no figure when it gives two tasks one id', async () => {
    await expect(
      post(
        (n) => String(n % 399),
        () => true,
      ),
    ).rejects.toThrow('400 tasks were answered with 399 ids')
  })

  it('has no figure when it refuses', async () => {
    await expect(post(String, () => true, 429)).rejects.toThrow('answered with 429')
  })
})

const handle = async (contender: Contender): Promise<unknown> => {
  const { url } = server
  const producer = await contender.connectProducer(url)
  await inBulk(producer, 50)
  return handleAll({ url, contender, producer, audit: new Audit(50), concurrency: 1, stalledMs: 100 })
}

it('does not wait for a lost task for ever', async () => {
  await expect(handle(contenderThat(({ n }) => (n === 49 ? 0 : 1)))).rejects.toThrow('lost 1 (49)')
})

it('fails when a task was handled and is still there', async () => {
  await expect(handle(contenderThat(() => 1, 2))).rejects.toThrow('50 of 50 tasks handled, yet 2 are left')
})
