import { MqError } from '@mq/core/adapter'
import { addressText } from './node-address.ts'
import type { NodeAddress } from './node-address.ts'
import { SLOTS } from './slot.ts'

/** Which master has which slot, as one node saw it. */
export class SlotTable {
  readonly #owners: (NodeAddress | undefined)[]
  /** By their texts. */
  readonly masters: ReadonlyMap<string, NodeAddress>
  /** Masters and replicas. */
  readonly nodes: readonly NodeAddress[]
  /** The number of slots that nobody has, by that node. */
  readonly missing: number

  private constructor(
    owners: (NodeAddress | undefined)[],
    nodes: readonly NodeAddress[],
    missing: number = owners.filter((owner) => owner === undefined).length,
  ) {
    this.#owners = owners
    this.masters = new Map([...new Set(owners)].flatMap((owner) => (owner ? [[addressText(owner), owner]] : [])))
    this.nodes = nodes
    this.missing = missing
  }

  static empty(): SlotTable {
    return new SlotTable(Array.from({ length: SLOTS }), [])
  }

  /**
   * Reads the reply of CLUSTER SLOTS. `from`: who answered, for nodes that it does not name. `locate`: where this
   * process reaches a node. Throws `unavailable` when it names no owner of any slot: that node knows nothing yet.
   */
  static read(reply: unknown, from: NodeAddress, locate: (node: NodeAddress) => NodeAddress): SlotTable {
    const owners: (NodeAddress | undefined)[] = Array.from({ length: SLOTS })
    const nodes = new Map<string, NodeAddress>()
    for (const row of Array.isArray(reply) ? (reply as unknown[]) : []) {
      const [first, last, ...servers] = Array.isArray(row) ? (row as unknown[]) : []
      const [master] = servers.map((server) => {
        const [host, port] = Array.isArray(server) ? (server as unknown[]) : []
        const isNamed = typeof host === 'string' && host !== '' && host !== '?'
        const node = locate({ host: isNamed ? host : from.host, port: Number(port) })
        if (!nodes.has(addressText(node))) nodes.set(addressText(node), node)
        return nodes.get(addressText(node))
      })
      if (master) owners.fill(master, Number(first), Number(last) + 1)
    }
    if (nodes.size === 0) throw new MqError('unavailable', `node ${addressText(from)} knows no owner of any slot`)
    return new SlotTable(owners.slice(0, SLOTS), [...nodes.values()])
  }

  /**
   * The same, but that a slot of which the node knows no owner stays where it was by `known`: one that has just joined
   * has not heard of all others yet.
   */
  over(known: SlotTable): SlotTable {
    if (this.missing === 0) return this
    const owners = this.#owners.map((owner, slot) => owner ?? known.ownerOf(slot))
    const named = [...this.nodes, ...owners].flatMap((node) => (node ? [[addressText(node), node] as const] : []))
    return new SlotTable(owners, [...new Map(named).values()], this.missing)
  }

  ownerOf(slot: number): NodeAddress | undefined {
    return this.#owners[slot]
  }

  /** As a node has just said; the next reading knows the rest. */
  move(slot: number, to: NodeAddress): void {
    this.#owners[slot] = this.masters.get(addressText(to)) ?? to
  }
}
