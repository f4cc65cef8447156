import type { HistoryLimits } from '../ports/group-driver.ts'
import { checkBoolean, checkInteger, checkName, checkOptions } from './check.ts'
import { MAX_DELAY_MS } from '../ports/limits.ts'
import { checkSchema } from './schema.ts'
import type { InputOf, OutputOf, SchemaOf, StandardSchema } from './schema.ts'

/** What a channel is: shared by publishers and subscribers. */
export interface ChannelOptions<M = undefined> {
  /** 1–128 characters of `A–Z a–z 0–9 . _ -`. */
  readonly name: string
  /** Checked when a message is published, and parsed again before a subscriber gets it. */
  readonly message?: SchemaOf<M> | undefined
  /** Keep messages so that groups can consume them later. Default: none are kept, and only `subscribe` works. */
  readonly history?: History | undefined
  /**
   * In a cluster, messages stay on the nodes that own the channel instead of being sent to all nodes. All programs that
   * use the channel must have the same value. Patterns do not match such a channel, and it has no history. Default
   * false.
   */
  readonly sharded?: boolean | undefined
}

/**
 * At least one of the three bounds. Whichever is reached first drops the oldest messages that every group has been
 * given; for groups that are behind, messages are kept up to `unreadFactor` times the bounds.
 */
export interface History {
  readonly maxAgeMs?: number | undefined
  readonly maxCount?: number | undefined
  /** Bytes of the messages as they are stored, without the overhead of the storage. */
  readonly maxBytes?: number | undefined
  /**
   * 1–1,000. Default 10. Beyond it the oldest messages are dropped even so, and the groups that miss them are notified
   * of the number.
   */
  readonly unreadFactor?: number | undefined
  /** A group that had no member for this time is dropped. Default 604,800,000 (7 days). */
  readonly groupExpiresMs?: number | undefined
}

export interface ChannelDefinition<In = unknown, Out = In> {
  readonly name: string
  readonly message: StandardSchema<In, Out> | undefined
  readonly history: HistoryLimits | undefined
  readonly sharded: boolean
}

/** Declares a channel. No I/O. Throws a TypeError that names the option at fault. */
export function defineChannel<M = undefined>(options: ChannelOptions<M>): ChannelDefinition<InputOf<M>, OutputOf<M>> {
  options = checkOptions('defineChannel', options, ['name', 'message', 'history', 'sharded'])
  const history = options.history === undefined ? undefined : resolveHistory(options.history)
  const sharded = checkBoolean('sharded', options.sharded ?? false)
  if (sharded && history !== undefined) throw new TypeError('a channel with history cannot be sharded')
  const message = checkSchema('message', options.message)
  return { name: checkName('channel', options.name), message, history, sharded }
}

const BOUNDS = ['maxAgeMs', 'maxCount', 'maxBytes'] as const
const WEEK_MS = 604_800_000

function resolveHistory(history: History): HistoryLimits {
  history = checkOptions('history', history, [...BOUNDS, 'unreadFactor', 'groupExpiresMs'])
  const bounds = BOUNDS.filter((option) => history[option] !== undefined)
  if (bounds.length === 0) throw new TypeError(`history needs a bound: ${BOUNDS.join(', ')}`)
  return {
    ...Object.fromEntries(
      bounds.map((option) => [option, checkInteger(`history.${option}`, history[option], 1, MOST[option])]),
    ),
    unreadFactor: checkInteger('history.unreadFactor', history.unreadFactor ?? 10, 1, 1_000),
    groupExpiresMs: checkInteger('history.groupExpiresMs', history.groupExpiresMs ?? WEEK_MS, 10_000, MAX_DELAY_MS),
  }
}

/** So that no product with `unreadFactor` exceeds the safe integers. */
const MOST = { maxAgeMs: MAX_DELAY_MS, maxCount: 1_000_000_000_000, maxBytes: 1_000_000_000_000 }
