import type { RedisServer } from '@mq/redis-server'
import { startProxiedCluster } from '@mq/redis-server/proxy'
import { expect, it } from 'vitest'
import { command } from '../../src/command.ts'

const ask = (server: RedisServer, ...words: readonly string[]): Promise<string> => command(server.port, ...words)

const stateAt = async (server: RedisServer): Promise<string> =>
  /cluster_state:(\w+)/.exec(await ask(server, 'CLUSTER', 'INFO'))![1]!

const portOf = (url: string): number => Number(new URL(url).port)

it('cuts a master off from its clients, from the nodes, and lets it come back as a replica', async () => {
  await using proxied = await startProxiedCluster({ replicas: 1, nodeTimeoutMs: 1_000 })
  const [first] = proxied.cluster.masters
  const [replica] = proxied.cluster.replicas
  const front = portOf(proxied.urlOf(first!))
  expect(proxied.cluster.at(front)).toBe(first)
  expect(await command(front, 'PING')).toBe('PONG')

  const tag = await proxied.cluster.nameOn(0)
  const set = async (name: string): Promise<void> => expect(await ask(first!, 'SET', `{${tag}}${name}`, '1')).toBe('OK')

  await proxied.cutOff(first!, 'clients')
  const unanswered = command(front, 'PING')
  // Replicas are no clients.
  await set('one')
  await expect.poll(() => ask(replica!, 'DBSIZE')).toBe('1')
  proxied.heal()
  expect(await unanswered).toBe('PONG')

  await proxied.cutOff(first!, 'nodes')
  expect(await command(front, 'PING')).toBe('PONG')
  await set('two')
  await expect.poll(() => ask(replica!, 'INFO', 'replication'), { timeout: 20_000 }).toContain('role:master')
  expect([await ask(first!, 'DBSIZE'), await ask(replica!, 'DBSIZE')]).toEqual(['2', '1'])
  await expect.poll(() => stateAt(first!), { timeout: 20_000 }).toBe('fail')
  proxied.heal()
  await expect.poll(() => ask(first!, 'INFO', 'replication'), { timeout: 20_000 }).toMatch(/role:slave[^]*status:up/)
}, 60_000)
