import type { Environment } from '@mq/core/adapter'
import { MqError } from '@mq/core/adapter'
import type { RedisClient, Role } from './client.ts'
import { checkWhole } from './cluster-client.ts'
import { ClusterNode } from './cluster/cluster-node.ts'
import { addressText } from './cluster/node-address.ts'
import type { NodeAddress } from './cluster/node-address.ts'
import { Router } from './cluster/router.ts'
import { Link } from './link.ts'
import type { Durability } from './options.ts'
import { checkReplicable, Replicas } from './replicas.ts'
import type { Mark, ReplicatedServer } from './replicas.ts'
import { dbOf, selectDb } from './select-db.ts'
import { checkServer } from './server-check.ts'
import type { ServerFacts } from './server-check.ts'
import type { Source } from './sources/source.ts'
import { TopicLink } from './topic-link.ts'
import type { Topics } from './topics.ts'

export interface ConnectionsParts {
  readonly source: Source
  readonly environment: Environment
  readonly topics: Topics
  readonly durability: Durability | undefined
  /** A write of a server alone that changes nothing. */
  readonly markAlone: Mark
  /** One of a node, in the slot of that hash tag: a node does not replicate what is published. */
  readonly markAt: (tag: string) => Mark
}

/**
 * All connections of a participant. To a server alone they are two, or three with `durability`. Once the server says
 * that it is a node of a cluster, there is one more to each master, and one to each whose sharded topics are listened
 * to; the first two may then lead to any node, and to another one when theirs does not answer.
 */
export class Connections implements ReplicatedServer {
  readonly #parts: ConnectionsParts
  readonly command: Link
  readonly router: Router
  readonly replicas: Replicas | undefined
  readonly #links: readonly Link[]
  #db: number | undefined
  /** Of the server alone. Empty when it is not known. */
  runId = ''
  /** The node to which the command connection leads, and where the next one is looked for. */
  #control: NodeAddress = { host: '', port: 0 }
  /** The node that each connection was led to last. */
  readonly #last = new Map<Role, string>()
  #turn = Math.floor(Math.random() * 1_000)

  constructor(parts: ConnectionsParts) {
    this.#parts = parts
    const { topics, durability, environment } = parts
    this.router = new Router({
      environment,
      open: (address) => this.#openNode(address),
      locate: (address) => parts.source.nodes?.locate(address) ?? address,
      control: () => ({ link: this.command, address: this.#control }),
      onChange: () => topics.follow((name) => this.router.topicsOf(name)),
    })
    this.command = this.#link('command', (client) => this.#prepare(client))
    const subscriber = this.#link(
      'subscriber',
      (client) => topics.main.resubscribe(client),
      () => topics.main.announce(),
    )
    topics.main.use(subscriber)
    const replication =
      durability &&
      this.#link('replication', async (client) => {
        this.replicas?.connected(checkServer(String(await client.call('info', []))).runId)
      })
    this.replicas = replication && new Replicas(replication, () => parts.markAlone, durability)
    this.#links = [this.command, subscriber, ...(replication ? [replication] : [])]
  }

  get db(): number {
    return this.#db ?? 0
  }

  get trouble(): MqError | undefined {
    const trouble = this.#links.map((each) => each.trouble).find((each) => each !== undefined)
    return trouble ?? (this.router.begun ? this.router.trouble : undefined)
  }

  async ready(signal: AbortSignal | undefined): Promise<void> {
    await Promise.all(this.#links.map((each) => each.whenUp(signal)))
    if (this.router.begun) await this.router.whenReady(signal)
  }

  async close(): Promise<void> {
    await Promise.all([this.router.close(), ...this.#links.map((each) => each.close())])
  }

  #link(role: Role, prepare: (client: RedisClient) => Promise<void>, onUp?: () => void): Link {
    const { source, environment } = this.#parts
    return new Link({
      role,
      target: source.target,
      make: () => this.#make(role),
      owned: source.owns(role),
      environment,
      prepare,
      onUp,
    })
  }

  #make(role: Role): RedisClient {
    const { source } = this.#parts
    const made = source.make(role)
    const address = made === undefined ? this.#next(role) : source.nodes?.seeds[0]
    if (address !== undefined) {
      this.#last.set(role, addressText(address))
      if (role === 'command') this.#control = address
    }
    const client = made ?? source.nodes!.make(address!, true)
    if (role === 'command') this.#db ??= dbOf(client)
    return client
  }

  /**
   * One node after the other, those first that are known to answer. Not the one that was just given up, while there is
   * another: a node that hangs takes connections, and nobody may have asked it anything since.
   */
  #next(role: Role): NodeAddress {
    const { seeds } = this.#parts.source.nodes!
    const last = this.#last.get(role)
    const isOther = (address: NodeAddress): boolean => addressText(address) !== last
    const able = this.router.able.filter(isOther)
    const known = [...this.router.addresses, ...seeds]
    const others = able.length > 0 ? able : known.filter(isOther)
    const all = others.length > 0 ? others : known
    return all[this.#turn++ % all.length]!
  }

  async #prepare(client: RedisClient): Promise<void> {
    const { source, topics } = this.#parts
    const facts = await this.#check(client)
    if (!facts.clustered || source.nodes === undefined) {
      if (this.router.begun)
        throw new MqError('server-unsupported', 'this server was a node of a cluster, and is alone')
      if (facts.clustered) await checkWhole(client)
      else source.stay()
      if (facts.replicaOf !== undefined) throw isReplica(facts.replicaOf)
      this.runId = facts.runId
      topics.stay()
      return
    }
    source.roam()
    await this.router.begin(client, this.#control)
  }

  async #check(client: RedisClient): Promise<ServerFacts> {
    const facts = checkServer(String(await client.call('info', [])))
    if (this.#parts.durability) checkReplicable(facts)
    if (dbOf(client) !== this.db) throw changedDb(this.db, dbOf(client))
    await selectDb(client, this.db)
    return facts
  }

  #openNode(address: NodeAddress): ClusterNode {
    const { source, environment, durability, markAt } = this.#parts
    const shared = {
      target: addressText(address),
      make: () => source.nodes!.make(address, false),
      owned: true,
      environment,
    }
    return new ClusterNode({
      address,
      onMoved: () => void this.router.refresh(),
      openCommand: (node) => {
        const prepare = async (client: RedisClient): Promise<void> =>
          void (node.runId = (await this.#check(client)).runId)
        return new Link({ ...shared, role: 'command', prepare })
      },
      openTopics: (onMoved) => {
        const topics = new TopicLink(environment, onMoved)
        const prepare = (client: RedisClient): Promise<void> => topics.resubscribe(client)
        const link = new Link({ ...shared, role: 'subscriber', prepare, onUp: () => topics.announce() })
        topics.use(link)
        return { link, topics }
      },
      openReplicas:
        durability &&
        (() => {
          const prepare = async (client: RedisClient): Promise<void> =>
            replicas.connected((await this.#check(client)).runId)
          const link = new Link({ ...shared, role: 'replication', prepare })
          const replicas = new Replicas(link, () => markAt(this.router.tagAt(address)), durability)
          return { link, replicas }
        }),
    })
  }
}

/** A failover has made it one, or will make it a master again: it is asked once in a while. */
function isReplica(master: string): MqError {
  const message = `this server is a replica, its master is ${master}: give the address that follows a failover, or sentinel`
  return new MqError('unavailable', message, { details: { master, sent: false } })
}

/** Listeners are subscribed to topics of the first database. */
function changedDb(first: number, now: number): MqError {
  return new MqError('server-unsupported', `the client uses database ${now}, the one before it used database ${first}`)
}
