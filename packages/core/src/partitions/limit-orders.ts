import { atLeastOne, limitsShare, wholeLimits } from '../define/shares.ts'
import { MqError } from '../errors.ts'
import type { QueueAdmin } from '../ports/queue-admin.ts'
import type { LimitsChange, QueueLimits, QueueSharing, StoredLimits } from '../ports/queue-limits.ts'
import { areSameLimits } from '../ports/same-limits.ts'
import type { PartitionPort } from './partition-port.ts'
import type { OrderingParts } from './pausing.ts'

/** Others may change them at the same time. */
const MOST_TRIES = 20
/** Holds that end within this time of each other are one, that came to one partition later than to another, ms. */
const HELD_ALIKE_MS = 100

/** What one partition says. */
export interface Said {
  readonly port: PartitionPort
  readonly stored: StoredLimits
}

/**
 * Brings changes of the limits, and holds of the whole queue, to all partitions, as `Pausing` does with pauses: of the
 * changes the one with the highest number counts, and of the holds the one that ends last.
 */
export class LimitOrders {
  readonly #parts: OrderingParts
  readonly #sharedBy: number | undefined

  constructor(parts: OrderingParts, sharedBy: number | undefined) {
    this.#parts = parts
    this.#sharedBy = sharedBy
  }

  /** `order`: the number of the change in `first`, where it was made. */
  async follow(
    { override, by }: Pick<LimitsChange, 'override' | 'by'>,
    order: number,
    first: PartitionPort,
  ): Promise<void> {
    let its = order
    const isKnown = await this.#reach([first], async (ports) => {
      const replies = await Promise.all(
        ports.map(async (port) => {
          const share = this.#leastOf(override, port)
          const stored = await limitsOf(port).setLimits({ override: share, version: 0, order: its, by })
          return { last: orderIn(stored), isDone: orderIn(stored) === its && areSameLimits(stored.override, share) }
        }),
      )
      if (replies.every(({ isDone }) => isDone)) return true
      // Others changed them, perhaps where another partition is the first: this change comes after those.
      its = Math.max(its, ...replies.map(({ last }) => last)) + 1
      return false
    })
    if (isKnown) return
    throw new MqError('unavailable', `others change the limits of queue ${this.#parts.queue} all the time`)
  }

  /** Holds all but these, and those that came meanwhile. */
  async hold(forMs: number, but: readonly PartitionPort[]): Promise<void> {
    const { clock } = this.#parts
    const endAt = clock.now() + forMs
    await this.#reach(but, async (ports) => {
      const holdForMs = endAt - clock.now()
      if (holdForMs > 0) await Promise.all(ports.map((port) => limitsOf(port).setLimits({ version: 0, holdForMs })))
      return true
    })
  }

  /**
   * Gives something to all partitions but these, and to those that came meanwhile; where `give` says that it was not
   * done, to all once more. Returns false after too many tries.
   */
  async #reach(
    but: readonly PartitionPort[],
    give: (ports: readonly PartitionPort[]) => Promise<boolean>,
  ): Promise<boolean> {
    const { lookAgain, partitions } = this.#parts
    let reached = but
    for (let tries = 0; tries < MOST_TRIES; tries++) {
      const ports = partitions.all.filter((port) => !reached.includes(port))
      const isDone = await give(ports)
      await lookAgain()
      reached = isDone ? [...reached, ...ports] : []
      if (isDone && partitions.all.every((port) => reached.includes(port))) return true
    }
    return false
  }

  /**
   * Takes what was set last, and the longest hold, to partitions that do not know of it, also to those that are none of
   * the queue yet.
   */
  async carry(fresh: readonly PartitionPort[]): Promise<void> {
    const { clock, partitions } = this.#parts
    const askedAt = clock.now()
    const said = await saidBy([...partitions.all, ...fresh])
    const { order, override, changed } = lastOf(said)
    const heldForMs = heldOf(said)
    await Promise.all(
      said.map(async ({ port, stored }) => {
        if (orderIn(stored) < order) {
          const share = this.#leastOf(override, port)
          const { by, at } = changed ?? {}
          await limitsOf(port).setLimits({ override: share, version: 0, order, by, at })
        }
        const holdForMs = heldForMs - (clock.now() - askedAt)
        const isHeld = stored.heldForMs !== undefined && stored.heldForMs >= heldForMs - HELD_ALIKE_MS
        if (holdForMs > 0 && !isHeld) await limitsOf(port).setLimits({ version: 0, holdForMs })
      }),
    )
  }

  /** Limits of all tasks, set in the moment of a change, may be too small for the partitions that came. */
  #leastOf(limits: QueueLimits | undefined, { position, of }: PartitionPort): QueueLimits | undefined {
    return limits && atLeastOne(limitsShare(limits, position, this.#sharedBy ?? of))
  }
}

export function limitsOf({ driver }: PartitionPort): QueueSharing {
  return driver as QueueAdmin & QueueSharing
}

export function saidBy(ports: readonly PartitionPort[]): Promise<Said[]> {
  return Promise.all(ports.map(async (port) => ({ port, stored: await limitsOf(port).limits() })))
}

/** What was set last of all that these partitions were said. `order` is 0 where nothing was. */
export function lastOf(said: readonly Said[]): Pick<StoredLimits, 'override' | 'changed'> & { readonly order: number } {
  const order = Math.max(...said.map(({ stored }) => orderIn(stored)))
  const having = said.filter(({ stored }) => orderIn(stored) === order)
  // A generation in which all have it knows the whole of what is shared out.
  const isWhole = ({ made, of }: PartitionPort): boolean => having.filter(({ port }) => port.made === made).length >= of
  const { port: one } = having.find(({ port }) => isWhole(port)) ?? having[0]!
  const shares = having.filter(({ port }) => port.made === one.made).map(({ stored }) => stored)
  return { order, override: wholeLimits(shares.map(({ override }) => override)), changed: shares[0]!.changed }
}

/** The longest hold, ms; 0 for none. */
export function heldOf(said: readonly Said[]): number {
  return Math.max(...said.map(({ stored }) => stored.heldForMs ?? 0))
}

function orderIn({ order, changed }: StoredLimits): number {
  return order ?? (changed === undefined ? 0 : 1)
}
