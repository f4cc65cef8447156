import { command } from '../command.ts'
import { freePort } from '../free-port.ts'
import type { RedisServer } from '../redis-server.ts'
import { startCluster } from '../start-cluster.ts'
import type { ClusterOptions, NodePorts, RedisCluster } from '../start-cluster.ts'
import { FaultProxy } from './fault-proxy.ts'

/** From whom a node is cut off. */
export type Side = 'clients' | 'nodes' | 'everyone'

/** Of a node: in front of the port for clients and replicas, and of that of its bus. */
interface Gates {
  readonly front: FaultProxy
  readonly bus: FaultProxy
}

/** Redis has the bus of a node there, unless it is told otherwise. */
const BUS_ABOVE = 10_000

/** A cluster whose nodes and clients reach each other through proxies alone. */
export class ProxiedCluster implements AsyncDisposable {
  readonly cluster: RedisCluster
  readonly #gates: readonly Gates[]

  constructor(cluster: RedisCluster, gates: readonly Gates[]) {
    this.cluster = cluster
    this.#gates = gates
  }

  /** By which clients reach a node. */
  urlOf(server: RedisServer): string {
    return this.#gatesOf(server).front.url
  }

  /** Nothing arrives there, or comes from there, and nobody is told. A replica has to be cut off from everyone. */
  async cutOff(server: RedisServer, from: Side): Promise<void> {
    const id = await command(server.port, 'CLUSTER', 'MYID')
    const own = this.#gatesOf(server)
    if (from === 'everyone') own.front.cutOff = () => true
    else own.front.cutOff = (role) => (role === 'replica') === (from === 'nodes')
    if (from === 'clients') return
    for (const { bus } of this.#gates) bus.cutOff = (sender) => bus === own.bus || sender === id
  }

  heal(): void {
    for (const gate of this.#gates.flatMap(({ front, bus }) => [front, bus])) gate.cutOff = undefined
  }

  async stop(): Promise<void> {
    await this.cluster.stop()
    await closeAll(this.#gates)
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop()
  }

  #gatesOf(server: RedisServer): Gates {
    return this.#gates[this.cluster.servers.indexOf(server)]!
  }
}

/** As `startCluster()`. */
export async function startProxiedCluster(
  options: Omit<ClusterOptions, 'ports' | 'tlsPorts'> = {},
): Promise<ProxiedCluster> {
  const { masters = 3, replicas = 0 } = options
  const gates: Gates[] = []
  try {
    const ports: NodePorts[] = []
    for (let i = 0; i < masters * (1 + replicas); i++) {
      let port = await freePort()
      while (ports.some((each) => each.port === port)) port = await freePort()
      const front = await FaultProxy.start(port)
      const bus = await FaultProxy.start(port + BUS_ABOVE, Math.random, senderOf)
      gates.push({ front, bus })
      ports.push({ port, announced: front.port, announcedBus: bus.port })
    }
    return new ProxiedCluster(await startCluster({ ...options, ports }), gates)
  } catch (error) {
    await closeAll(gates)
    throw error
  }
}

/** The node that writes first on a connection of the bus: each message begins with a head that has its name. */
function senderOf(heard: string): string | undefined {
  return heard.startsWith('RCmb') && heard.length >= 80 ? heard.slice(40, 80) : undefined
}

async function closeAll(gates: readonly Gates[]): Promise<void> {
  await Promise.all(gates.flatMap(({ front, bus }) => [front, bus]).map((gate) => gate[Symbol.asyncDispose]()))
}
