import type { Redis } from 'ioredis'
import type { RedisCluster, RedisServer, WatchedRedis } from '@mq/redis-server'
import type { Expectations } from '../checker/expectations.ts'
import type { Crew } from '../crew/crew.ts'
import type { CrewPlan } from '../crew/crew-plan.ts'
import type { ClientClocks } from '../faults/client-clocks.ts'
import type { FaultProxy, ProxiedCluster } from '@mq/redis-server/proxy'
import type { WallClock } from '../faults/wall-clock.ts'
import type { Happening } from '../history/event.ts'
import type { Dice } from '../seeded.ts'

/** One kind of fault under load, and what must hold all the same. */
export interface Experiment {
  readonly name: string
  /** What is done, for the report. */
  readonly fault: string
  /** What may run again, for the report. */
  readonly bound: string
  /** How Redis writes its file; nothing by default. */
  readonly fsync?: 'everysec' | 'always' | undefined
  /** SIGKILL takes along what was not synced. */
  readonly losesPower?: boolean | undefined
  /** Redis has a wall clock of its own, `scene.clock`. */
  readonly stepsClock?: boolean | undefined
  /** So has each program, `scene.clocks`. */
  readonly stepsClients?: boolean | undefined
  /**
   * Redis is a cluster of three masters, each with a replica; programs reach it by a node that nothing strikes.
   * `proxied`: nodes and programs reach each other through `scene.proxied`, and the replica must have what is
   * confirmed.
   */
  readonly clustered?: boolean | 'proxied' | undefined
  /** Redis is a master with two replicas, which three sentinels watch; so many replicas must have what is confirmed. */
  readonly watched?: { readonly confirming: number } | undefined
  /** The queue has so many. */
  readonly partitions?: number | undefined
  /** For redis-server. */
  readonly args?: readonly string[] | undefined
  /** The programs reach Redis through `scene.proxy`. */
  readonly proxied?: boolean | undefined
  /** `run` begins the workers itself. */
  readonly workersLater?: boolean | undefined
  readonly crew?: ((size: Size) => Partial<CrewPlan>) | undefined
  readonly expected?: Partial<Expectations> | ((size: Size) => Partial<Expectations>) | undefined
  /** Its seeds hardly differ: the short profile runs one. */
  readonly steady?: boolean | undefined
  /** A run takes more than a quarter of a minute: it is begun first, so that no other waits for it in the end. */
  readonly long?: boolean | undefined
  /** Why the short profile leaves it out, unless it is named. */
  readonly onlyFull?: string | undefined
  /** It measures latencies: no other runs at the same time. */
  readonly alone?: boolean | undefined
  /** The peers can be measured by it. */
  readonly peers: boolean
  /** Before the programs begin. */
  readonly before?: ((scene: Scene) => Promise<void>) | undefined
  run(scene: Scene): Promise<void>
}

export interface Size {
  /** How often the fault strikes. */
  readonly rounds: number
  /** Load between two of them. */
  readonly restMs: number
  /** Results that one caller awaits at once. */
  readonly awaited: number
  /** Tasks that wait before the first worker comes. */
  readonly backlog: number
  /** Of a run that is about time. */
  readonly soakMs: number
  /** Of a run that ends when all are published. */
  readonly messages: number
  /** What a busy machine may add to a latency, and no defect: there it must not turn anything red. */
  readonly noiseMs: number
}

/** What an experiment has in its hands. */
export interface Scene {
  /** Where the queue is at the beginning. */
  readonly server: RedisServer
  readonly cluster: RedisCluster | undefined
  readonly proxied: ProxiedCluster | undefined
  readonly watched: WatchedRedis | undefined
  /** Consumer groups: a peer has none. */
  readonly groups: readonly string[]
  readonly clock: WallClock | undefined
  readonly clocks: ClientClocks | undefined
  readonly proxy: FaultProxy
  readonly crew: Crew
  readonly dice: Dice
  readonly size: Size
  readonly leaseMs: number
  /** A connection of the harness' own, not through the proxy. */
  admin<T>(act: (redis: Redis) => Promise<T>, server?: RedisServer): Promise<T>
  /** Writes down that a fault begins, does it, and writes down that it is over. */
  strike(kind: string, targets: readonly string[] | '*', act: () => Promise<void>, forgetsMs?: number): Promise<void>
  /** Writes down what the experiment itself sees. */
  write(happening: Happening): void
  /** See `Contender.divide`. */
  divide(of: number, killedAt?: number): Promise<readonly number[] | undefined>
  /** Tasks that are not over. */
  left(): Promise<number>
  /** Load for about `size.restMs`; then work goes on, or the experiment ends. */
  rest(): Promise<void>
}

export function expectedOf({ expected }: Experiment, size: Size): Partial<Expectations> {
  return (typeof expected === 'function' ? expected(size) : expected) ?? {}
}
