import { join } from 'node:path'
import { startCluster, startRedis, startWatched } from '@mq/redis-server'
import type { RedisCluster, RedisServer, WatchedRedis } from '@mq/redis-server'
import { startProxiedCluster } from '@mq/redis-server/proxy'
import type { ProxiedCluster } from '@mq/redis-server/proxy'
import { LOG, QUEUE } from './contenders/contender.ts'
import type { Experiment } from './experiments/experiment.ts'
import { preloadedRedis } from './faults/preload.ts'
import type { WallClock } from './faults/wall-clock.ts'
import type { Place } from './place.ts'
import type { Programs } from './programs/programs.ts'

export const CLOCK_SHIM = 'clock-step.c'
/** After which the others take a node for dead: a busy machine keeps one waiting for less. */
export const SILENT_MS = 4_000
/** The other masters go on. */
const PARTLY = ['--cluster-require-full-coverage', 'no']
const CONFIRMED_WITHIN_MS = 1_000

/** Redis, as an experiment has it. */
export interface Storage {
  /** Where the queue is. */
  readonly server: RedisServer
  readonly cluster?: RedisCluster | undefined
  readonly proxied?: ProxiedCluster | undefined
  readonly watched?: WatchedRedis | undefined
  readonly place: Place
  /** Where all of it is stored. */
  readonly urls: readonly string[]
  stop(): Promise<void>
}

export async function startStorage(
  { fsync, losesPower, clustered, watched, args = [] }: Experiment,
  directory: string,
  { shims }: Programs,
  clock: WallClock | undefined,
): Promise<Storage> {
  if (clustered) return startClustered(clustered === 'proxied')
  if (watched) return startWithSentinels(watched.confirming)
  const shim = (name: string, variables?: Record<string, string>) =>
    preloadedRedis(join(shims, name), directory, variables)
  const server = await startRedis({
    args: [...(fsync ? ['--appendonly', 'yes', '--appendfsync', fsync] : []), ...args],
    binary: losesPower ? await shim('power-loss.c') : clock && (await shim(CLOCK_SHIM, { CLOCK_STEP: clock.file })),
  })
  const { url } = server
  return { server, place: { url }, urls: [url], stop: () => server.stop() }
}

async function startClustered(isProxied: boolean): Promise<Storage> {
  const options = { replicas: 1, nodeTimeoutMs: SILENT_MS, args: PARTLY }
  const proxied = isProxied ? await startProxiedCluster(options) : undefined
  const cluster = proxied?.cluster ?? (await startCluster(options))
  const struck = await Promise.all([QUEUE, LOG].map((name) => cluster.ownerOf(name)))
  const spared = cluster.masters.findIndex((_, i) => !struck.includes(i))
  const node = cluster.masters[spared]!
  const durability = { replicas: 1, timeoutMs: CONFIRMED_WITHIN_MS }
  const place: Place = proxied
    ? { url: proxied.urlOf(node), isCluster: true, durability }
    : { url: node.url, isCluster: true }
  const server = cluster.masters[struck[0]!]!
  return { server, cluster, proxied, place, urls: cluster.urls, stop: () => (proxied ?? cluster).stop() }
}

async function startWithSentinels(confirming: number): Promise<Storage> {
  const watched = await startWatched({ name: 'chaos', downAfterMs: SILENT_MS })
  const { name, servers, sentinels } = watched
  const server = servers[0]!
  const place: Place = {
    url: server.url,
    sentinel: { name, urls: sentinels.map(({ url }) => url) },
    durability: { replicas: confirming, timeoutMs: CONFIRMED_WITHIN_MS },
  }
  return { server, watched, place, urls: servers.map(({ url }) => url), stop: () => watched.stop() }
}
