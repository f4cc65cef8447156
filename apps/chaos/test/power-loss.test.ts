import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Redis } from 'ioredis'
import { startRedis } from '@mq/redis-server'
import { expect, it } from 'vitest'
import { preloadImpossible, preloadedRedis } from '../src/faults/preload.ts'

const SOURCE = join(import.meta.dirname, '..', 'src', 'faults', 'power-loss.c')
const reason = await preloadImpossible(process.platform)
if (reason) console.log(`the tests of the loss of power are skipped: ${reason}`)

/** How many of 200 acknowledged writes are there after the power was lost. */
async function keptBy(fsync: string): Promise<number> {
  const directory = await mkdtemp(join(tmpdir(), 'mq-power-'))
  const binary = await preloadedRedis(SOURCE, directory)
  await using server = await startRedis({ binary, args: ['--appendonly', 'yes', '--appendfsync', fsync] })
  const client = new Redis(server.url, { retryStrategy: null })
  client.on('error', () => undefined)
  for (let i = 0; i < 200; i++) await client.rpush('written', i)
  await server.kill()
  await server.restart()
  const after = new Redis(server.url)
  const kept = await after.llen('written')
  client.disconnect()
  after.disconnect()
  await rm(directory, { recursive: true })
  return kept
}

it.skipIf(reason)('keeps all that was acknowledged with appendfsync always', async () => {
  expect(await keptBy('always')).toBe(200)
})

it.skipIf(reason)('loses what was not synced, which a mere SIGKILL would not', async () => {
  expect(await keptBy('no')).toBe(0)
})
