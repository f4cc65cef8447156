import { afterEach, expect, it, vi } from 'vitest'
import { findRedis, startRedis } from '../src/index.ts'

afterEach(() => vi.unstubAllEnvs())

it('takes the server that MQ_TEST_REDIS_SERVER names, or fails on it', async () => {
  vi.stubEnv('MQ_TEST_REDIS_SERVER', '/no/such/server')
  await expect(findRedis()).rejects.toThrow('/no/such/server')
})

it('finds one that runs', async () => {
  await using redis = await startRedis({ binary: await findRedis() })
  expect(redis.pid).toBeGreaterThan(0)
})

it('says how to install one where there is none and none can be had', async () => {
  vi.stubEnv('PATH', '/nowhere')
  await expect(findRedis()).rejects.toThrow(/apt-get install redis-server/)
})
