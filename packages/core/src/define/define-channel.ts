import type { HistoryLimits } from '../ports/history-limits.ts'
import { MqError } from '../errors.ts'
import { MAX_PARTITIONS } from '../ports/layout.ts'
import { checkBoolean, checkInteger, checkName, checkOptions } from './check.ts'
import { resolveHistory } from './history.ts'
import type { History } from './history.ts'
import { resolveRaw } from './plain.ts'
import type { Raw, RawOptions } from './plain.ts'
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
  /**
   * A channel of the storage on which other programs publish and listen: messages are exactly what is sent there. At
   * most once; nobody can tell that one is missing, but that the connection broke is reported as a gap. It has no
   * history, no headers, and no pattern matches it. `broker.channel` throws `unsupported` where the adapter has none.
   * Default: none.
   */
  readonly raw?: string | RawOptions | undefined
  /**
   * 1–64, default 1. Spreads a channel with `history` over so many slots of a Redis Cluster, so that it is no longer
   * bound to one master. It stays one channel for all who use it; messages keep the order of their `key`, and patterns
   * do not match it: see docs/partitions.md. Decided by the first call; another number is refused as
   * `partitions-differ`, until the channel is obliterated. Throws `unsupported` where the channel has no history;
   * `broker.channel` does so where the adapter has none.
   */
  readonly partitions?: number | undefined
}

export interface ChannelDefinition<In = unknown, Out = In> {
  readonly name: string
  readonly message: StandardSchema<In, Out> | undefined
  readonly history: HistoryLimits | undefined
  readonly sharded: boolean
  readonly raw: Raw | undefined
  /** 1: none. */
  readonly partitions: number
}

/** Declares a channel. No I/O. Throws a TypeError that names the option at fault. */
export function defineChannel<M = undefined>(options: ChannelOptions<M>): ChannelDefinition<InputOf<M>, OutputOf<M>> {
  options = checkOptions('defineChannel', options, ['name', 'message', 'history', 'sharded', 'raw', 'partitions'])
  const history = options.history === undefined ? undefined : resolveHistory('history', options.history)
  const sharded = checkBoolean('sharded', options.sharded ?? false)
  if (sharded && history !== undefined) throw new TypeError('a channel with history cannot be sharded')
  const raw = options.raw === undefined ? undefined : resolveRaw(options.raw)
  if (raw !== undefined && (sharded || history !== undefined)) {
    throw new TypeError('a raw channel has no history, and cannot be sharded')
  }
  const message = checkSchema('message', options.message)
  const name = checkName('channel', options.name)
  const partitions = checkInteger('partitions', options.partitions ?? 1, 1, MAX_PARTITIONS)
  if (partitions > 1 && history === undefined) {
    const why = 'only a channel with history has partitions; without, sharded: true keeps its messages on one node'
    throw new MqError('unsupported', `channel ${name} has ${partitions} partitions: ${why}`, {
      details: { option: 'partitions' },
    })
  }
  return { name, message, history, sharded, raw, partitions }
}
