import type {
  DefinedLimits,
  HeldBack,
  KeyLimits,
  LimitsChange,
  LimitsNews,
  QueueLimits,
  StoredLimits,
  Turn,
} from '@mq/core/adapter'
import { areSameLimits, boundedFull, freeAt, fullAfter, gatherMs } from '@mq/core/adapter'

const NONE: QueueLimits = {}

/** The limits of a queue: what was defined, what was set in its place, and the state of those of the whole queue. */
export class SharedLimits {
  #version = 0
  /** The number of the last change of the override. */
  #order: number | undefined
  #defined: DefinedLimits | undefined
  #override: QueueLimits | undefined
  /** When the bucket of the rate is full again. */
  #full = 0
  #heldUntil = 0
  /** When somebody last set or ended an override, ms since 1970, and who. */
  #said: StoredLimits['changed']
  /** Of a worker whose definition differs, and when it made a turn. */
  #contested: { readonly limits: DefinedLimits; readonly at: number } | undefined

  get effective(): QueueLimits {
    return this.#override ?? (this.#defined || NONE)
  }

  get perKey(): KeyLimits {
    return this.effective.perKey ?? NONE
  }

  /** Whether tasks are limited, or are held now. */
  isUsed(now: number): boolean {
    return Object.keys(this.effective).length > 0 || this.#heldUntil > now
  }

  /** How many more leases there may be, where they are limited. */
  #leasesLeft(leased: number): number | undefined {
    const { concurrency } = this.effective
    if (this.perKey.concurrency !== undefined) return 0
    return concurrency === undefined ? undefined : Math.max(0, concurrency - leased)
  }

  /** Takes over what a turn says of its definition; answers whether anything changed. */
  define({ limits, seq }: Turn, now: number): boolean {
    if (limits === undefined || areSameLimits(this.#defined, limits)) return false
    if (this.#defined !== undefined && seq !== 1) {
      this.#contested = { limits, at: now }
      return false
    }
    this.#defined = limits
    this.#changed(now)
    return true
  }

  news({ limits }: Turn, leased: number): LimitsNews {
    const leasesLeft = this.#leasesLeft(leased)
    const isOther = limits !== undefined && !areSameLimits(this.#defined, limits)
    return {
      ...(isOther ? { otherLimits: this.#defined } : undefined),
      ...(leasesLeft === undefined ? undefined : { leasesLeft }),
    }
  }

  stored(now: number): StoredLimits {
    const heldForMs = Math.ceil(this.#heldUntil - now)
    const [changed, other] = [this.#said, this.#contested]
    const contested = other && !areSameLimits(this.#defined, other.limits) ? other : undefined
    return {
      version: this.#version,
      ...(this.#order === undefined ? undefined : { order: this.#order }),
      ...(this.#defined ? { defined: this.#defined } : undefined),
      ...(this.#override === undefined ? undefined : { override: this.#override }),
      ...(heldForMs > 0 ? { heldForMs } : undefined),
      ...(changed === undefined ? undefined : { changed }),
      ...(contested && { contested: { limits: contested.limits, agoMs: Math.floor(now - contested.at) } }),
    }
  }

  set({ override, version, by, order, at }: LimitsChange, now: number, epochMs: number): boolean {
    if (order === undefined ? version !== this.#version : order <= (this.#order ?? 0)) return false
    this.#override = override
    this.#said = { at: (order === undefined ? undefined : at) ?? epochMs, ...(by ? { by } : undefined) }
    this.#changed(now)
    if (order !== undefined) this.#version = Math.max(this.#version, order)
    this.#order = order ?? this.#version
    return true
  }

  #changed(now: number): void {
    this.#version++
    const { rate } = this.effective
    if (rate !== undefined) this.#full = boundedFull(rate, this.#full, now)
  }

  hold(until: number): void {
    this.#heldUntil = Math.max(this.#heldUntil, until)
  }

  /** When the next task may be leased: a time that is over, or to come; undefined: once a lease ends. */
  freeAt(leased: number): number | undefined {
    const { concurrency, rate } = this.effective
    if (concurrency !== undefined && leased >= concurrency) return undefined
    return Math.max(this.#heldUntil, rate === undefined ? 0 : freeAt(rate, this.#full))
  }

  /** How much later than the next one a worker shall come, that waits until `at`; ms. */
  gatherAt(at: number): number {
    const { rate } = this.effective
    return rate !== undefined && at > this.#heldUntil && at === freeAt(rate, this.#full) ? gatherMs(rate) : 0
  }

  /** A task is leased. */
  took(now: number): void {
    const { rate } = this.effective
    if (rate !== undefined) this.#full = fullAfter(rate, this.#full, now)
  }

  heldBack(now: number, leased: number): HeldBack | undefined {
    const { concurrency, rate } = this.effective
    if (concurrency !== undefined && leased >= concurrency) {
      return { scope: 'queue', by: 'concurrency', limit: concurrency }
    }
    return heldUntil('queue', now, this.#heldUntil, rate === undefined ? 0 : freeAt(rate, this.#full))
  }
}

/** The later of the two. */
export function heldUntil(scope: HeldBack['scope'], now: number, held: number, freeAt: number): HeldBack | undefined {
  const at = Math.max(held, freeAt)
  if (at <= now) return undefined
  return { scope, by: held >= freeAt ? 'hold' : 'rate', freeInMs: Math.ceil(at - now) }
}
