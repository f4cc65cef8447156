import { checkBoolean, checkInteger, checkOptions, checkText } from '../define/check-call.ts'
import { changedLimits } from '../define/limits.ts'
import type { LimitsPatch } from '../define/limits.ts'
import { MqError } from '../errors.ts'
import { MAX_BATCH } from '../ports/limits.ts'
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
  set(patch: LimitsPatch): Promise<LimitsInForce>
  /** The definition's hold again. */
  reset(): Promise<LimitsInForce>
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
}

export interface KeysOptions {
  /** Keys of a page, 1–1,000. Default 100. */
  readonly limit?: number | undefined
  /** The `next` of a page. */
  readonly after?: string | undefined
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
  const change = async (after: (stored: StoredLimits) => QueueLimits | undefined): Promise<LimitsInForce> => {
    const sharing = sharingOf(name, admin)
    for (let tries = 0; tries < MOST_TRIES; tries++) {
      const stored = await repeat(() => sharing.limits())
      const override = after(stored)
      if (areSameLimits(stored.override, override)) return inForce(stored)
      const changed = await repeat(() => sharing.setLimits({ override, version: stored.version }))
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
    async set(patch) {
      assertOpen()
      // A patch that is not right is refused before anything is asked.
      changedLimits({}, patch, CHECKS)
      return change(({ override, defined }) => changedLimits(override ?? defined ?? {}, patch, CHECKS))
    },
    async reset() {
      assertOpen()
      return change(() => undefined)
    },
  }
}

/** A page of the keys that are in use. */
export async function readKeys(
  { name, admin, repeat, assertOpen }: SharingParts,
  options: KeysOptions = {},
): Promise<KeyPage> {
  assertOpen()
  const { limit = 100, after } = checkOptions('keys', options, ['limit', 'after'])
  checkInteger('limit', limit, 1, MAX_BATCH)
  if (after !== undefined) checkText('after', after, 1, 1_100)
  const sharing = sharingOf(name, admin)
  return repeat(() => sharing.keys({ limit, after }))
}

function inForce({ version, defined, override, heldForMs }: StoredLimits): LimitsInForce {
  return {
    limits: override ?? defined ?? {},
    overridden: override !== undefined,
    ...(defined === undefined ? undefined : { defined }),
    version,
    ...(heldForMs === undefined ? undefined : { heldForMs }),
  }
}
