import { checkBoolean, checkInteger, checkOptions, checkText } from '../define/check-call.ts'
import { changedLimits } from '../define/limits.ts'
import type { LimitsPatch } from '../define/limits.ts'
import { MqError } from '../errors.ts'
import { cleaned } from '../values/cleaned.ts'
import { MAX_BATCH, MAX_KEY } from '../ports/limits.ts'
import type { KeyPage, QueueLimits, QueueSharing, StoredLimits } from '../ports/queue-limits.ts'
import type { QueueAdmin } from '../ports/queue-admin.ts'
import { areSameLimits } from '../ports/same-limits.ts'

/** The limits of a queue, live: from any process, for all workers. */
export interface LiveLimits {
  /** What holds. One round trip. */
  get(): Promise<LimitsInForce>
  /**
   * Puts limits in the place of the definition's, for all workers at once and over deployments, until `reset`. What the
   * patch does not name stays as it is, `null` ends it: `set({ perKey: { rate: null } })`. Tasks that run are not
   * touched. Throws an MqError `invalid-options` that names the option at fault. Two round trips.
   */
  set(patch: LimitsPatch, options?: LimitsSetOptions): Promise<LimitsInForce>
  /** The definition's hold again. */
  reset(options?: LimitsSetOptions): Promise<LimitsInForce>
}

export interface LimitsSetOptions {
  /** Who asks for it, at most 50 characters: `get` tells. */
  readonly by?: string | undefined
}

export interface LimitsInForce {
  readonly limits: QueueLimits
  /** Whether `set` put them in the place of the definition's. */
  readonly overridden: boolean
  /** Of the definition of the worker that began last; undefined when it has none. */
  readonly defined?: QueueLimits | undefined
  /** Rises with each change. */
  readonly version: number
  /** For how long a handler's `limited()` holds the whole queue yet, ms. */
  readonly heldForMs?: number | undefined
  /** When `set` or `reset` was called last, ms since 1970 by the storage's clock, and who that said they were. */
  readonly changed?: { readonly at: number; readonly by?: string | undefined } | undefined
  /**
   * Of a worker with another definition than the one that began last, within the last minute: two deployments disagree.
   * False: it has none.
   */
  readonly contested?: QueueLimits | false | undefined
}

export interface KeysOptions {
  /** Keys of a page, 1–1,000. Default 100. */
  readonly limit?: number | undefined
  /** The `next` of a page. */
  readonly after?: string | undefined
  /** This key alone: none is answered where no task of it waits or runs. */
  readonly only?: string | undefined
}

export interface SharingParts {
  readonly name: string
  readonly admin: QueueAdmin
  readonly repeat: <T>(call: () => Promise<T>) => Promise<T>
  readonly assertOpen: () => void
}

const CHECKS = { checkBoolean, checkInteger, checkOptions }
/** Somebody else changes them at the same time; so often, that is no accident. */
const MOST_TRIES = 20
const MOST_OF_WHO = 50
/** A worker makes a turn at least each 15 s. */
const CONTESTED_MS = 60_000

/** Throws `unsupported` where the adapter has no keys and limits. */
export function sharingOf(queue: string, admin: QueueAdmin): QueueSharing {
  const { limits, setLimits, keys } = admin
  if (limits === undefined || setLimits === undefined || keys === undefined) {
    throw new MqError('unsupported', `this adapter has no keys and no limits (queue ${queue})`)
  }
  return admin as QueueAdmin & QueueSharing
}

export function createLiveLimits({ name, admin, repeat, assertOpen }: SharingParts): LiveLimits {
  /** Another may change them between the two calls, and a try whose reply was lost may have been done. */
  const change = async (
    what: string,
    options: LimitsSetOptions,
    after: (stored: StoredLimits) => QueueLimits | undefined,
  ): Promise<LimitsInForce> => {
    const { by } = checkOptions(what, options, ['by'])
    if (by !== undefined) checkText('by', by, 1, 200)
    const who = by === undefined ? undefined : cleaned(by, MOST_OF_WHO)
    const sharing = sharingOf(name, admin)
    for (let tries = 0; tries < MOST_TRIES; tries++) {
      const stored = await repeat(() => sharing.limits())
      const override = after(stored)
      if (areSameLimits(stored.override, override)) return inForce(stored)
      const changed = await repeat(() => sharing.setLimits({ override, version: stored.version, by: who }))
      if (areSameLimits(changed.override, override)) return inForce(changed)
    }
    throw new MqError('unavailable', `the limits of queue ${name} were changed by others ${MOST_TRIES} times meanwhile`)
  }

  return {
    async get() {
      assertOpen()
      const sharing = sharingOf(name, admin)
      return inForce(await repeat(() => sharing.limits()))
    },
    async set(patch, options = {}) {
      assertOpen()
      // A patch that is not right is refused before anything is asked.
      changedLimits({}, patch, CHECKS)
      return change('limits.set', options, ({ override, defined }) =>
        changedLimits(override ?? defined ?? {}, patch, CHECKS),
      )
    },
    async reset(options = {}) {
      assertOpen()
      return change('limits.reset', options, () => undefined)
    },
  }
}

/** A page of the keys that are in use. */
export async function readKeys(
  { name, admin, repeat, assertOpen }: SharingParts,
  options: KeysOptions = {},
): Promise<KeyPage> {
  assertOpen()
  const { limit = 100, after, only } = checkOptions('keys', options, ['limit', 'after', 'only'])
  checkInteger('limit', limit, 1, MAX_BATCH)
  if (after !== undefined) checkText('after', after, 1, 1_100)
  if (only !== undefined) checkText('only', only, 1, MAX_KEY)
  const sharing = sharingOf(name, admin)
  return repeat(() => sharing.keys({ limit, after, only }))
}

function inForce({ version, defined, override, heldForMs, changed, contested }: StoredLimits): LimitsInForce {
  const isContested = contested !== undefined && contested.agoMs <= CONTESTED_MS
  return {
    limits: override ?? defined ?? {},
    overridden: override !== undefined,
    ...(defined === undefined ? undefined : { defined }),
    version,
    ...(heldForMs === undefined ? undefined : { heldForMs }),
    ...(changed === undefined ? undefined : { changed }),
    ...(isContested ? { contested: contested.limits } : undefined),
  }
}
