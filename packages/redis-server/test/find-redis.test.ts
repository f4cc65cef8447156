import { afterEach, expect, it, vi } from 'vitest'
import { findRedis, findValkey, startRedis } from '../src/index.ts'
import { ask } from './raw-client.ts'

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

it('takes the Valkey that MQ_TEST_VALKEY_SERVER names, or fails on it', async () => {
  vi.stubEnv('MQ_TEST_VALKEY_SERVER', '/no/such/server')
  await expect(findValkey()).rejects.toThrow('/no/such/server')
})

it('says why where there is no Valkey and none can be had', async () => {
  vi.stubEnv('PATH', '/nowhere')
  expect(await findValkey()).toMatch(/no valkey-server on the PATH/)
})

it('finds a Valkey that runs, or says why not', { timeout: 120_000 }, async ({ skip }) => {
  const binary = await findValkey()
  if (typeof binary === 'string') return skip(binary)
  await using valkey = await startRedis({ binary })
  expect(await ask(valkey.port, 'INFO server')).toContain('server_name:valkey')
})
