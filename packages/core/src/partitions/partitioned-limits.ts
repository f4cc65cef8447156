import { checkShared, limitsShare, wholeLimits } from '../define/shares.ts'
import { MqError } from '../errors.ts'
import { checkKeysQuery, checkLimitsChange } from '../ports/check-limits.ts'
import type {
  DefinedLimits,
  KeyPage,
  KeysQuery,
  LimitsChange,
  QueueLimits,
  StoredLimits,
} from '../ports/queue-limits.ts'
import { areSameLimits } from '../ports/same-limits.ts'
import { heldOf, lastOf, LimitOrders, limitsOf, saidBy } from './limit-orders.ts'
import { cursorAt, placeOfCursor } from './listing.ts'
import type { PartitionPort } from './partition-port.ts'
import type { Partitions } from './partitions.ts'
import type { OrderingParts } from './pausing.ts'

/** So many definitions are known at once. */
const MOST_OTHERS = 20

/**
 * The limits of a queue, of which each partition of the current generation has a share, and its keys. In former
 * generations there are only limits of keys: a queue that has others is not divided anew.
 */
export class PartitionedLimits {
  readonly #partitions: Partitions
  readonly #sharedBy: number | undefined
  readonly #orders: LimitOrders
  /** What another definition says, by the share that a partition has. */
  readonly #others = new Map<string, DefinedLimits | undefined>()

  constructor(parts: OrderingParts, sharedBy?: number) {
    this.#partitions = parts.partitions
    this.#sharedBy = sharedBy
    this.#orders = new LimitOrders(parts, sharedBy)
  }

  async limits(): Promise<StoredLimits> {
    const { all, current, hasFormer } = this.#partitions
    const said = await saidBy(hasFormer ? all : current.slice(0, this.#sharedBy))
    const whole = wholeOf(said.flatMap(({ port, stored }) => (current.includes(port) ? stored : [])))
    if (!hasFormer) return whole
    // What was said last may not have come to the new ones yet.
    const { override: _, changed: __, heldForMs: ___, ...rest } = whole
    const { override, changed } = lastOf(said)
    const heldForMs = heldOf(said)
    return {
      ...rest,
      ...(override === undefined ? undefined : { override }),
      ...(heldForMs === 0 ? undefined : { heldForMs }),
      ...(changed === undefined ? undefined : { changed }),
    }
  }

  /** The first partition decides between those who change them at the same time; the others follow it. */
  async setLimits(change: LimitsChange): Promise<void> {
    checkLimitsChange(change)
    const { override, version, by, holdForMs } = change
    const { current, hasFormer } = this.#partitions
    if (holdForMs !== undefined) return this.#orders.hold(holdForMs, [])
    if (hasFormer) refuseWhole(override)
    checkShared(override, this.#sharedBy ?? current.length)
    const first = current[0]!
    const share = override && limitsShare(override, first.position, this.#sharedBy ?? first.of)
    const set = await limitsOf(first).setLimits({ override: share, version, by })
    // One that was retired meanwhile knows of no change.
    const isDone = set.order !== undefined && set.version !== version && areSameLimits(set.override, share)
    if (isDone) await this.#orders.follow({ override, by }, set.order, first)
  }

  /** A handler held the queue, of which one partition knows, as far as it has no key. */
  async spreadHold(index: number): Promise<void> {
    const port = this.#partitions.at(index)
    if (port === undefined) return
    const { heldForMs } = await limitsOf(port).limits()
    if (heldForMs !== undefined) await this.#orders.hold(heldForMs, [port])
  }

  /** See `LimitOrders.carry`. */
  carry(fresh: readonly PartitionPort[]): Promise<void> {
    return this.#orders.carry(fresh)
  }

  /** Throws `unsupported`: a share of what is left over cannot be had before the former partitions give it back. */
  async refuseDivision(): Promise<void> {
    const { defined, override } = await this.limits()
    if (!areWhole(defined) && !areWhole(override)) return
    throw new MqError(
      'unsupported',
      'a queue with limits.concurrency or limits.rate keeps its number of partitions: remove these limits first',
    )
  }

  async keys(query: KeysQuery): Promise<KeyPage> {
    checkKeysQuery(query)
    const ports = this.#partitions.all
    if (query.only !== undefined) return this.#keysOf(query, this.#partitions.homes(query.only))
    const [at, after] = placeOfCursor(query.after, ports)
    const port = ports[at]!
    const { keys, next } = await limitsOf(port).keys({ ...query, after })
    if (next !== undefined) return { keys, next: cursorAt(port.index, next) }
    const behind = ports[at + 1]
    return behind === undefined ? { keys } : { keys, next: cursorAt(behind.index) }
  }

  /** What a definition says, of which this is the share of one partition. */
  async definedFrom(share: DefinedLimits): Promise<DefinedLimits | undefined> {
    if (share === false) return share
    const text = JSON.stringify(share)
    if (!this.#others.has(text)) {
      if (this.#others.size >= MOST_OTHERS) this.#others.clear()
      this.#others.set(text, (await this.limits()).defined)
    }
    return this.#others.get(text)
  }

  /** Of one key: where it has something. */
  async #keysOf(query: KeysQuery, homes: readonly PartitionPort[]): Promise<KeyPage> {
    for (const home of homes.slice(1).reverse()) {
      const page = await limitsOf(home).keys(query)
      if (page.keys.some(({ waiting, running }) => waiting + running > 0)) return page
    }
    return limitsOf(homes[0]!).keys(query)
  }
}

/** Whether they are of all tasks of the queue together. */
function areWhole(limits: QueueLimits | false | undefined): boolean {
  return limits !== undefined && limits !== false && (limits.concurrency ?? limits.rate) !== undefined
}

/** Throws `unsupported`: they cannot be shared out while there are former partitions. */
export function refuseWhole(limits: QueueLimits | false | undefined): void {
  if (!areWhole(limits)) return
  throw new MqError(
    'unsupported',
    'limits.concurrency and limits.rate of a queue whose number of partitions changes: former partitions have tasks yet',
  )
}

function wholeOf(all: readonly StoredLimits[]): StoredLimits {
  const [first] = all
  const { version, order, changed, contested } = first!
  const defined = wholeLimits(all.map((stored) => stored.defined))
  const override = wholeLimits(all.map((stored) => stored.override))
  const heldForMs = Math.max(...all.map((stored) => stored.heldForMs ?? 0))
  const others = contested && contestedLimits(all)
  return {
    version,
    ...(order === undefined ? undefined : { order }),
    ...(defined === undefined ? undefined : { defined }),
    ...(override === undefined ? undefined : { override }),
    ...(heldForMs === 0 ? undefined : { heldForMs }),
    ...(changed === undefined ? undefined : { changed }),
    ...(contested === undefined || others === undefined
      ? undefined
      : { contested: { limits: others, agoMs: contested.agoMs } }),
  }
}

function contestedLimits(all: readonly StoredLimits[]): DefinedLimits | undefined {
  const shares = all.map(({ contested }) => contested?.limits)
  if (shares.includes(false)) return false
  return wholeLimits(shares.map((share) => share || undefined))
}
