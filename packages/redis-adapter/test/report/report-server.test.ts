// `broker.storage()` on servers of several kinds, and with rights of several kinds.
import { createBroker, silentLogger } from '@mq/core'
import type { Broker, StorageFinding } from '@mq/core'
import { redisAdapter } from '@mq/redis-adapter'
import { expect, it, onTestFinished } from 'vitest'
import { Lab } from '../lab/lab.ts'

const lab = await Lab.start({ args: ['--maxmemory', '500mb'] })

async function opened(url: string, durability?: { readonly replicas: number }): Promise<Broker> {
  const broker = createBroker(redisAdapter({ url, durability }), { logger: silentLogger })
  onTestFinished(() => broker.close({ deadlineMs: 100 }))
  await broker.ready({ timeoutMs: 20_000 })
  return broker
}

/** But for how soon it answered, which is the machine's. */
function codesOf(findings: readonly StorageFinding[]): string[] {
  return findings.map(({ code }) => code).filter((code) => code !== 'slow-answer')
}

it('asks four questions, none of which grows with what is stored', async () => {
  const broker = await lab.broker()
  await lab.redis.config('RESETSTAT')
  const { kind, version, facts, findings } = await broker.storage()
  const asked = [...(await lab.redis.info('commandstats')).matchAll(/^cmdstat_(\S+?):calls=(\d+)/gm)]
    .map(([, name, calls]) => `${name} ${calls}`)
    .filter((each) => !each.startsWith('ping ') && !each.startsWith('config|resetstat '))
  expect(asked.toSorted()).toEqual(['config|get 1', 'info 1', 'latency|latest 1', 'slowlog|len 1'])
  expect([['redis', 'valkey'].includes(kind), version]).toEqual([true, expect.stringMatching(/^\d+\.\d+/)])
  expect(facts).toContainEqual({ name: 'memory-limit', value: 524_288_000, unit: 'bytes' })
  expect(facts).toContainEqual({ name: 'eviction-policy', value: 'noeviction' })
  expect(codesOf(findings)).toEqual(['not-persistent', 'stalls-not-recorded'])
})

it('reports to a user who may do only what mq needs, and says what it did not see', async () => {
  await lab.redis.call('ACL', ['SETUSER', 'modest', 'on', '>pw', '+@all', '-@admin', '-config', '-latency', '-slowlog'])
  const broker = await opened(`redis://modest:pw@127.0.0.1:${lab.server.port}`)
  const { facts, findings } = await broker.storage()
  expect(codesOf(findings)).toEqual(['no-log', 'hidden'])
  expect(facts.find(({ name }) => name === 'memory-used')).toBeDefined()
  expect(JSON.stringify({ facts, findings })).not.toMatch(/127\.0\.0\.1|modest/)
})

it('finds that nobody confirms what has to be confirmed', async () => {
  const broker = await opened(lab.server.url, { replicas: 1 })
  expect((await broker.storage()).findings[0]).toMatchObject({ level: 'error', code: 'replicas-missing' })
})

it('finds stalls that the server recorded', async () => {
  await lab.redis.config('SET', 'latency-monitor-threshold', '100')
  await lab.redis.call('DEBUG', ['SLEEP', '0.15'])
  const { facts, findings } = await (await lab.broker()).storage()
  expect(findings.filter(({ code }) => code === 'stall')).toHaveLength(1)
  expect(facts.find(({ name }) => name === 'longest-stall')?.value).toBeGreaterThanOrEqual(150)
})
