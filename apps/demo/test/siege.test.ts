import { startRedis } from '@mq/redis-server'
import { afterAll, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest'
import type { LogRecord } from '../src/log-lines.ts'
import { Program } from './program.ts'

/** As `siege -c10 -r 5 <url>`: ten at a time, five times each, following redirects. */
async function siege(url: string): Promise<number[]> {
  const one = async (): Promise<number[]> => {
    const statuses: number[] = []
    for (let round = 0; round < 5; round++) {
      const response = await fetch(url)
      await response.text()
      statuses.push(response.status)
    }
    return statuses
  }
  return (await Promise.all(Array.from({ length: 10 }, one))).flat()
}

const handled = (programs: readonly Program[], message: string): LogRecord[] =>
  programs.flatMap(({ records }) => records.filter(({ msg }) => msg.startsWith(message)))

describe("the article's siege, on Redis", () => {
  let env: Record<string, string>
  let redis: Awaited<ReturnType<typeof startRedis>>
  beforeAll(async () => {
    redis = await startRedis()
  })
  afterAll(() => redis.stop())
  let database = 0
  beforeEach(() => {
    env = { REDIS_URL: `${redis.url}/${database++}` }
  })

  async function start(app: 'web' | 'worker-queue' | 'worker-pubsub', count: number): Promise<Program[]> {
    const programs = Array.from({ length: count }, () => new Program(app, env))
    await Promise.all(programs.map((program) => program.says('"ready"')))
    return programs
  }

  it.each([1, 3])('/prodcons: 50 tasks, each handled once, by %i worker processes', async (count) => {
    const [[web], workers] = await Promise.all([start('web', 1), start('worker-queue', count)])
    expect(await siege(`${await web?.url()}/prodcons`)).toEqual(Array(50).fill(200))
    await vi.waitFor(() => expect(handled(workers, 'Task get').length).toBeGreaterThanOrEqual(50), { timeout: 15_000 })
    workers.forEach((worker) => worker.signal('SIGTERM'))
    expect(await Promise.all(workers.map((worker) => worker.end()))).toEqual(Array(count).fill(0))

    const ids = handled(workers, 'Task get').map(({ id }) => id)
    expect(ids).toHaveLength(50)
    expect(new Set(ids).size).toBe(50)
    const busy = new Set(handled(workers, 'Task get').map(({ worker }) => worker))
    expect(busy.size).toBeGreaterThanOrEqual(Math.min(count, 2))
  })

  it('/pubsub: each of 2 subscriber processes gets all 50', async () => {
    const [[web], subscribers] = await Promise.all([start('web', 1), start('worker-pubsub', 2)])
    expect(await siege(`${await web?.url()}/pubsub`)).toEqual(Array(50).fill(200))
    await vi.waitFor(() => expect(handled(subscribers, 'Message get')).toHaveLength(100), { timeout: 15_000 })
    const inOrder = Array.from({ length: 50 }, (_, i) => i + 1)
    for (const subscriber of subscribers) {
      expect(handled([subscriber], 'Message get').map(({ n }) => n)).toEqual(inOrder)
      expect(subscriber.count('messages were lost')).toBe(0)
    }
  })

  it('is seen on the page of every web process', async () => {
    const [webs] = await Promise.all([start('web', 2), start('worker-queue', 1)])
    const abort = new AbortController()
    const pages = await Promise.all(
      webs.map(async (web) => fetch(`${await web.url()}/events`, { signal: abort.signal })),
    )
    const seen = pages.map(() => '')
    pages.forEach(async (page, i) => {
      try {
        for await (const chunk of page.body ?? []) seen[i] += new TextDecoder().decode(chunk)
      } catch {
        // this test left
      }
    })
    await fetch(`${await webs[0]?.url()}/prodcons`)
    await vi.waitFor(() => seen.forEach((text) => expect(text).toContain('event: sighting')), { timeout: 10_000 })
    abort.abort()
  })
})
