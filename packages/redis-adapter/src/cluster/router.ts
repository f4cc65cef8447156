import type { Environment } from '@mq/core/adapter'
import { MqError, toError } from '@mq/core/adapter'
import { awaitReply } from '../await-reply.ts'
import type { RedisClient } from '../client.ts'
import type { Link } from '../link.ts'
import type { ReplicatedServer } from '../replicas.ts'
import type { TopicLink } from '../topic-link.ts'
import { Waiters } from '../waiters.ts'
import type { ClusterNode } from './cluster-node.ts'
import { addressText } from './node-address.ts'
import type { NodeAddress } from './node-address.ts'
import { Redirect } from './redirect.ts'
import { slotOf } from './slot.ts'
import { SlotTable } from './slot-table.ts'

const WATCH_MS = 500
/** A node that owes an answer for so long may have been replaced: the others are asked who has its slots. */
const SLOW_MS = 1_000
const MOST_REDIRECTS = 5
/** How many tags are tried to find one of a node: where it has few slots, some of them. */
const MOST_TAGS = 50_000
/** A node that no slot is known of is left, once nothing was asked of it for so long. */
const ASKED_MS = 10_000

/** What a command is told of the node that it is sent to. */
export interface Executor {
  readonly client: RedisClient
  readonly runId: string
  readonly server: ReplicatedServer
  /** Its slot is moving here: ASKING has to come before each command. */
  readonly isAsking: boolean
}

export interface RouterParts {
  readonly environment: Environment
  readonly open: (address: NodeAddress) => ClusterNode
  /** Where this process reaches a node. */
  readonly locate: (address: NodeAddress) => NodeAddress
  /** The connection over which the cluster was found: it may lead to any of its nodes. */
  readonly control: () => { readonly link: Link; readonly address: NodeAddress }
  readonly onChange: () => void
}

/**
 * Sends each command to the master that has its slot, over one connection to each. That a slot has moved means that
 * nothing was done, so the command is sent again as it is, to the other node. A node that hangs or dies costs its own
 * slots alone, for as long as the cluster needs: until the others say who has them now.
 */
export class Router {
  readonly #parts: RouterParts
  readonly #nodes = new Map<string, ClusterNode>()
  /** Nodes to which slots move or have moved, and when that was heard last: they may be in no table yet. */
  readonly #asked = new Map<string, number>()
  readonly #complete = new Waiters()
  #table = SlotTable.empty()
  #watch: ReturnType<typeof setInterval> | undefined
  #refreshing: Promise<void> | undefined
  #closed = false

  constructor(parts: RouterParts) {
    this.#parts = parts
  }

  /** It leads to a cluster, and knows its nodes. */
  get begun(): boolean {
    return this.#watch !== undefined
  }

  /** The masters that answer. */
  get able(): readonly NodeAddress[] {
    return this.nodes.filter(({ command }) => isAble(command)).map(({ address }) => address)
  }

  /** All nodes that are known, replicas included. */
  get addresses(): readonly NodeAddress[] {
    return this.#table.nodes
  }

  get nodes(): readonly ClusterNode[] {
    return [...this.#nodes.values()]
  }

  /** `client` is connected to the node at `from`. */
  async begin(client: RedisClient, from: NodeAddress): Promise<void> {
    this.#adopt(SlotTable.read(await client.call('cluster', ['slots']), from, this.#parts.locate))
    if (!this.#closed) this.#watch ??= setInterval(() => this.#look(), WATCH_MS)
  }

  /** `key` may be a sharded topic, too. Undefined while nobody has its slot. */
  topicsOf(key: string): TopicLink | undefined {
    const owner = this.#table.ownerOf(slotOf(key))
    return owner && this.#nodes.get(addressText(owner))?.topics
  }

  /** The hash tag of a key in a slot that this node has. Throws `unavailable` where it has none. */
  tagAt(address: NodeAddress): string {
    const name = addressText(address)
    // Any of them: one that is just moving refuses keys, and the next call uses another.
    const first = Math.floor(Math.random() * MOST_TAGS)
    for (let i = first; i < first + MOST_TAGS; i++) {
      const owner = this.#table.ownerOf(slotOf(String(i)))
      if (owner && addressText(owner) === name) return String(i)
    }
    throw this.#notSent(`node ${name} has no slot now`)
  }

  async run<T>(what: string, key: string, command: (at: Executor) => Promise<T>): Promise<T> {
    const slot = slotOf(key)
    let to = this.#table.ownerOf(slot)
    let isAsking = false
    for (let redirects = 0; redirects <= MOST_REDIRECTS; redirects++) {
      const node = to && this.#nodes.get(addressText(to))
      if (node === undefined) throw this.#notSent(`${what}: slot ${slot} has no master now`)
      const { address } = node
      const reply = await node.command.run(what, async (client) => {
        try {
          return await command({ client, runId: node.runId, server: node, isAsking })
        } catch (thrown) {
          return Redirect.of(thrown, address) ?? Promise.reject(thrown as Error)
        }
      })
      if (!(reply instanceof Redirect)) return reply
      to = this.#parts.locate(reply.to)
      isAsking = reply.kind === 'ask'
      // Others may not have heard of it yet.
      this.#asked.set(addressText(to), performance.now())
      if (!isAsking) this.#table.move(reply.slot, to)
      // A connection that has just been begun is waited for; one that does not come is not.
      const opened = this.#openAt(to)
      void this.refresh()
      await opened?.command.whenUp(AbortSignal.timeout(SLOW_MS)).catch(() => undefined)
    }
    throw this.#notSent(`${what}: slot ${slot} is moving between nodes`)
  }

  /** Asks a node that answers who has which slot. Never rejects. */
  refresh(): Promise<void> {
    return (this.#refreshing ??= this.#ask().finally(() => (this.#refreshing = undefined)))
  }

  /** Resolves when every slot has a master, and each of them answers. Rejects with `closed`, too. */
  async whenReady(signal?: AbortSignal): Promise<void> {
    while (!this.#closed) {
      if (this.trouble === undefined) return
      const down = this.nodes.find(({ command }) => !command.up)
      await (down ? down.command.whenUp(signal).catch(unlessClosed) : this.#complete.wait(signal))
    }
    throw closed()
  }

  get trouble(): MqError | undefined {
    const missing = this.#table.missing
    if (missing > 0) return new MqError('unavailable', `${missing} slots of the cluster have no master`)
    return this.nodes.map(({ command }) => command.trouble).find((trouble) => trouble !== undefined)
  }

  async close(): Promise<void> {
    this.#closed = true
    clearInterval(this.#watch)
    this.#complete.reject(closed())
    await Promise.all(this.nodes.map((node) => node.close()))
  }

  #notSent(message: string): MqError {
    return new MqError('unavailable', message, { details: { sent: false } })
  }

  #look(): void {
    const left = this.nodes.filter((node) => node.takeMoved())
    const isWell = left.length === 0 && this.nodes.every(({ links }) => links.every(isAble))
    if (isWell && this.#table.missing === 0) return
    void this.refresh().then(() => {
      for (const { topics } of left) topics.again()
    })
  }

  async #ask(): Promise<void> {
    const known = this.nodes.map(({ command, address }) => ({ link: command, address }))
    const able = [this.#parts.control(), ...known].filter(({ link }) => isAble(link))
    const from = able[Math.floor(Math.random() * able.length)]
    if (from === undefined) return
    const asked = from.link.run('CLUSTER SLOTS', (client) => client.call('cluster', ['slots']))
    const giveUp = (): Error => new MqError('unavailable', `${addressText(from.address)} is slow`)
    try {
      const reply = await awaitReply(asked, SLOW_MS, giveUp)
      this.#adopt(SlotTable.read(reply, from.address, this.#parts.locate))
    } catch (thrown) {
      this.#parts.environment.logger.debug({ err: toError(thrown) }, 'a node did not say who has which slot')
    }
  }

  #adopt(read: SlotTable): void {
    if (this.#closed) return
    const table = read.over(this.#table)
    this.#table = table
    for (const address of table.masters.values()) this.#openAt(address)
    for (const [text, node] of this.#nodes) {
      const askedMs = performance.now() - (this.#asked.get(text) ?? Number.NEGATIVE_INFINITY)
      if (table.masters.has(text) || askedMs < ASKED_MS) continue
      this.#nodes.delete(text)
      this.#asked.delete(text)
      void node.close()
    }
    if (table.missing === 0) this.#complete.resolve()
    this.#parts.onChange()
  }

  /** Undefined when it is open already, or nothing is opened any more. */
  #openAt(address: NodeAddress): ClusterNode | undefined {
    const text = addressText(address)
    if (this.#nodes.has(text) || this.#closed) return undefined
    const node = this.#parts.open(address)
    this.#nodes.set(text, node)
    return node
  }
}

function isAble({ up, waitingMs }: Link): boolean {
  return up && waitingMs < SLOW_MS
}

function closed(): MqError {
  return new MqError('closed', 'the connection is closed')
}

/** A node that is no master any more is closed: the next one is waited for. */
function unlessClosed(thrown: unknown): void {
  if (!MqError.is(thrown, 'closed')) throw thrown
}
