// A server that cannot keep the promises is refused at the start, once, with the reason.
import { createBroker, silentLogger } from '@mq/core'
import type { LogFields } from '@mq/core'
import { redisAdapter } from '@mq/redis-adapter'
import { startRedis } from '@mq/redis-server'
import { describe, expect, it } from 'vitest'
import { checkServer } from '../../src/server-check.ts'
import { FakeRedis } from '../lab/fake-redis.ts'

const info = (version: string, policy?: string): string =>
  `# Server\r\nredis_version:${version}\r\n# Memory\r\n${policy ? `maxmemory_policy:${policy}\r\n` : ''}`

describe('checkServer', () => {
  it.each(['7.0.0', '7.0.15', '7.2.4', '8.0.1', '10.0.0', '255.255.255'])('takes version %s', (version) => {
    expect(() => checkServer(info(version))).not.toThrow()
  })

  it.each(['6.2.14', '5.0.0', '2.8.24', '', 'unknown', '-7'])('refuses version %j', (version) => {
    expect(() => checkServer(info(version))).toThrow(expect.objectContaining({ code: 'server-unsupported' }) as Error)
  })

  it('refuses what does not say its version', () => {
    for (const text of ['', 'OK', 'redis_version', '# redis_version:7.0.0x']) {
      expect(() => checkServer(text)).toThrow(expect.objectContaining({ code: 'server-unsupported' }) as Error)
    }
  })

  it.each(['allkeys-lru', 'allkeys-lfu', 'allkeys-random'])('refuses a server that evicts by %s', (policy) => {
    expect(() => checkServer(info('7.0.15', policy))).toThrow(policy)
  })

  it.each(['noeviction', 'volatile-lru', 'volatile-ttl', 'volatile-random', 'volatile-lfu'])(
    'takes a server that evicts by %s: no key of ours has an end',
    (policy) => {
      expect(() => checkServer(info('7.0.15', policy))).not.toThrow()
    },
  )
})

describe('a node of a cluster', () => {
  it.each(['redis_mode', 'server_mode'])('is known by %s', (word) => {
    const text = `${info('7.2.4')}${word}:cluster\r\nrun_id:abc\r\n`
    expect(checkServer(text)).toEqual({ clustered: true, runId: 'abc' })
    expect(checkServer(text.replace(':cluster', ':standalone'))).toEqual({ clustered: false, runId: 'abc' })
  })
})

describe('durability', () => {
  it('is refused by a server that does not name its run: a failover would not be seen', async () => {
    await using fake = await FakeRedis.start(info('7.2.4'))
    const broker = createBroker(redisAdapter({ url: fake.url, durability: { replicas: 1 } }), { logger: silentLogger })
    const refused = expect.objectContaining({ code: 'server-unsupported', message: expect.stringContaining('run_id') })
    await expect(broker.ready({ timeoutMs: 20_000 })).rejects.toThrow(refused as Error)
    await broker.close({ deadlineMs: 100 })
  })
})

interface Attempt {
  readonly failure: unknown
  readonly logged: readonly LogFields[]
  readonly errors: readonly Error[]
}

async function attempt(url: string): Promise<Attempt> {
  const logged: LogFields[] = []
  const errors: Error[] = []
  const log = (fields: LogFields): void => void logged.push(fields)
  const logger = { debug: () => undefined, info: log, warn: log, error: log }
  const broker = createBroker(redisAdapter({ url }), { logger, onError: (error) => void errors.push(error) })
  const failure = await broker.ready({ timeoutMs: 20_000 }).catch((error: unknown) => error)
  const later = await broker
    .queue('q')
    .enqueue(1)
    .catch((error: unknown) => error)
  expect(later).toEqual(failure)
  await broker.close()
  return { failure, logged, errors }
}

describe('broker.ready()', () => {
  it('refuses Redis 6, and nothing is sent to it but the question', async () => {
    await using server = await FakeRedis.start(info('6.2.14'))
    const { failure, logged, errors } = await attempt(server.url)
    expect(failure).toMatchObject({ code: 'server-unsupported' })
    expect(String(failure)).toContain('6.2.14')
    expect(logged.length).toBe(1)
    expect(errors.length).toBe(1)
    expect(server.commands).not.toContain('evalsha')
  })

  it('refuses a server that would throw tasks away when it is full', async () => {
    await using server = await startRedis({ args: ['--maxmemory', '64mb', '--maxmemory-policy', 'allkeys-lru'] })
    const { failure, logged } = await attempt(server.url)
    expect(failure).toMatchObject({ code: 'server-unsupported' })
    expect(String(failure)).toContain('noeviction')
    expect(logged.length).toBe(1)
  })

  it('refuses a wrong password, and does not tell the one it has', async () => {
    await using server = await startRedis({ args: ['--requirepass', 'right'] })
    const { failure, logged, errors } = await attempt(`redis://:wr0ng-s3cret@127.0.0.1:${server.port}`)
    expect(failure).toMatchObject({ code: 'server-unsupported' })
    const said = JSON.stringify([logged, errors.map((error) => [error.message, error.stack, Object.entries(error)])])
    expect(said).not.toContain('wr0ng-s3cret')
  })

  it('takes the server once its settings are right', async () => {
    await using server = await startRedis({ args: ['--maxmemory-policy', 'volatile-lru'] })
    const broker = createBroker(redisAdapter({ url: server.url }))
    await broker.ready({ timeoutMs: 20_000 })
    await broker.close()
  })
})
