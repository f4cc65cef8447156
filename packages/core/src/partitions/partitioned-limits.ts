import { MqError } from '../errors.ts'
import { checkKeysQuery, checkLimitsChange } from '../ports/check-limits.ts'
import type {
  DefinedLimits,
  KeyPage,
  KeysQuery,
  LimitsChange,
  QueueLimits,
  QueueSharing,
  StoredLimits,
} from '../ports/queue-limits.ts'
import type { QueueAdmin } from '../ports/queue-admin.ts'
import { areSameLimits } from '../ports/same-limits.ts'
import { cursorAt, placeOfCursor } from './listing.ts'
import type { PartitionPort } from './partition-port.ts'
import type { Partitions } from './partitions.ts'
import { checkShared, limitsShare, wholeLimits } from '../define/shares.ts'

/** Others may change them at the same time. */
const MOST_TRIES = 20

/**
 * The limits of a queue, of which each partition of the current generation has a share, and its keys. In former
 * generations there are only limits of keys: a queue that has others is not divided anew.
 */
export class PartitionedLimits {
  readonly #partitions: Partitions
  readonly #sharedBy: number | undefined
  /** What another definition says, by the share that a partition told of. */
  readonly #others = new Map<string, DefinedLimits | undefined>()

  constructor(partitions: Partitions, sharedBy?: number) {
    this.#partitions = partitions
    this.#sharedBy = sharedBy
  }

  async limits(): Promise<StoredLimits> {
    const ports = this.#partitions.current.slice(0, this.#sharedBy)
    return wholeOf(await Promise.all(ports.map((port) => limitsOf(port).limits())))
  }

  /** The first partition decides between those who change them at the same time; the others follow it. */
  async setLimits(change: LimitsChange): Promise<StoredLimits> {
    checkLimitsChange(change)
    const { override, version, holdForMs } = change
    const { all, current, hasFormer } = this.#partitions
    if (holdForMs !== undefined) {
      await Promise.all(all.map((port) => limitsOf(port).setLimits(change)))
      return this.limits()
    }
    if (hasFormer) refuseWhole(override)
    checkShared(override, this.#sharedBy ?? current.length)
    const first = current[0]!
    const set = await limitsOf(first).setLimits({ ...change, override: this.#shareOf(override, first) })
    if (set.version !== version && areSameLimits(set.override, this.#shareOf(override, first))) {
      const others = all.filter((port) => port !== first)
      await Promise.all(others.map((port) => this.#follow(port, change)))
    }
    return this.limits()
  }

  /** A handler held the queue, of which one partition knows, as far as it has no key. */
  async spreadHold(index: number): Promise<void> {
    const port = this.#partitions.at(index)
    if (port === undefined) return
    const { heldForMs } = await limitsOf(port).limits()
    if (heldForMs === undefined) return
    const others = this.#partitions.all.filter((other) => other !== port)
    await Promise.all(others.map((other) => limitsOf(other).setLimits({ version: 0, holdForMs: heldForMs })))
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
      if (this.#others.size >= MOST_TRIES) this.#others.clear()
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

  async #follow(port: PartitionPort, { override, by }: LimitsChange): Promise<void> {
    const share = this.#shareOf(override, port)
    let { version } = await limitsOf(port).limits()
    for (let tries = 0; tries < MOST_TRIES; tries++) {
      const stored = await limitsOf(port).setLimits({ override: share, version, by })
      if (areSameLimits(stored.override, share)) return
      version = stored.version
    }
  }

  #shareOf(limits: QueueLimits | undefined, { position, of }: PartitionPort): QueueLimits | undefined {
    return limits && limitsShare(limits, position, this.#sharedBy ?? of)
  }
}

/** Whether they are of all tasks of the queue together. */
export function areWhole(limits: QueueLimits | false | undefined): boolean {
  return limits !== undefined && limits !== false && (limits.concurrency ?? limits.rate) !== undefined
}

/** Throws `unsupported`: they cannot be shared out while there are former generations. */
export function refuseWhole(limits: QueueLimits | false | undefined): void {
  if (!areWhole(limits)) return
  throw new MqError(
    'unsupported',
    'limits.concurrency and limits.rate of a queue whose number of partitions changes: former partitions have tasks yet',
  )
}

function limitsOf({ driver }: PartitionPort): QueueSharing {
  return driver as QueueAdmin & QueueSharing
}

function wholeOf(all: readonly StoredLimits[]): StoredLimits {
  const [first] = all
  const { version, changed, contested } = first!
  const defined = wholeLimits(all.map((stored) => stored.defined))
  const override = wholeLimits(all.map((stored) => stored.override))
  const heldForMs = Math.max(...all.map((stored) => stored.heldForMs ?? 0))
  const others = contested && contestedLimits(all)
  return {
    version,
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
