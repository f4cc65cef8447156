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
import { areSameLimits } from '../ports/same-limits.ts'
import { cursorAt, placeOfCursor } from './listing.ts'
import { homeOf } from './places.ts'
import { checkShared, limitsShare, wholeLimits } from '../define/shares.ts'

/** Others may change them at the same time. */
const MOST_TRIES = 20

/** The limits of a queue, of which each partition has a share, and its keys, each in one partition. */
export class PartitionedLimits {
  readonly #drivers: readonly QueueSharing[]
  readonly #sharedBy: number
  /** What another definition says, by the share that a partition told of. */
  readonly #others = new Map<string, DefinedLimits | undefined>()

  constructor(drivers: readonly QueueSharing[], sharedBy: number = drivers.length) {
    this.#drivers = drivers
    this.#sharedBy = sharedBy
  }

  async limits(): Promise<StoredLimits> {
    return wholeOf(await Promise.all(this.#drivers.slice(0, this.#sharedBy).map((driver) => driver.limits())))
  }

  /** The first partition decides between those who change them at the same time; the others follow it. */
  async setLimits(change: LimitsChange): Promise<StoredLimits> {
    checkLimitsChange(change)
    const { override, version, holdForMs } = change
    if (holdForMs !== undefined) {
      await Promise.all(this.#drivers.map((driver) => driver.setLimits(change)))
      return this.limits()
    }
    checkShared(override, this.#sharedBy)
    const first = await this.#drivers[0]!.setLimits({ ...change, override: this.#shareOf(override, 0) })
    if (first.version !== version && areSameLimits(first.override, this.#shareOf(override, 0))) {
      await Promise.all(this.#drivers.slice(1).map((driver, i) => this.#follow(driver, i + 1, change)))
    }
    return this.limits()
  }

  /** A handler held the queue, of which one partition knows, as far as it has no key. */
  async spreadHold(index: number): Promise<void> {
    const { heldForMs } = await this.#drivers[index]!.limits()
    if (heldForMs === undefined) return
    const others = this.#drivers.filter((_, other) => other !== index)
    await Promise.all(others.map((driver) => driver.setLimits({ version: 0, holdForMs: heldForMs })))
  }

  async keys(query: KeysQuery): Promise<KeyPage> {
    checkKeysQuery(query)
    const of = this.#drivers.length
    if (query.only !== undefined) return this.#drivers[homeOf(query.only, of)]!.keys(query)
    const [index, after] = placeOfCursor(query.after, of)
    const { keys, next } = await this.#drivers[index]!.keys({ ...query, after })
    if (next !== undefined) return { keys, next: cursorAt(index, next) }
    return index + 1 === of ? { keys } : { keys, next: cursorAt(index + 1) }
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

  async #follow(driver: QueueSharing, index: number, { override, by }: LimitsChange): Promise<void> {
    const share = this.#shareOf(override, index)
    let { version } = await driver.limits()
    for (let tries = 0; tries < MOST_TRIES; tries++) {
      const stored = await driver.setLimits({ override: share, version, by })
      if (areSameLimits(stored.override, share)) return
      version = stored.version
    }
  }

  #shareOf(limits: QueueLimits | undefined, index: number): QueueLimits | undefined {
    return limits && limitsShare(limits, index, this.#sharedBy)
  }
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
