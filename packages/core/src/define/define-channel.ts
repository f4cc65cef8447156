import { checkBoolean, checkInteger, checkName, checkOptions } from './check.ts'
import { checkSchema } from './schema.ts'
import type { InputOf, OutputOf, StandardSchema } from './schema.ts'

/** What a channel is: shared by publishers and subscribers. */
export interface ChannelOptions<M extends StandardSchema<any, any> | undefined = undefined> {
  /** 1–128 characters of `A–Z a–z 0–9 . _ -`. */
  readonly name: string
  /** Checked when a message is published, and parsed again before a subscriber gets it. */
  readonly message?: M | undefined
  /** Keep messages so that groups can consume them later. Default: none are kept, and only `subscribe` works. */
  readonly history?: History | undefined
  /**
   * In a cluster, messages stay on the nodes that own the channel instead of going to all. All who use the channel must say
   * the same. Patterns never see it, and it keeps no history. Default false.
   */
  readonly sharded?: boolean | undefined
}

/** Whichever bound is reached first drops the oldest messages. */
export interface History {
  readonly maxAgeMs?: number | undefined
  readonly maxCount?: number | undefined
  readonly maxBytes?: number | undefined
}

export interface ChannelDefinition<In = unknown, Out = In> {
  readonly name: string
  readonly message: StandardSchema<In, Out> | undefined
  readonly history: History | undefined
  readonly sharded: boolean
}

/** Declares a channel. No I/O. Throws a TypeError that names the option at fault. */
export function defineChannel<M extends StandardSchema<any, any> | undefined = undefined>(
  options: ChannelOptions<M>,
): ChannelDefinition<InputOf<M>, OutputOf<M>> {
  checkOptions('defineChannel', options, ['name', 'message', 'history', 'sharded'])
  const { history } = options
  const sharded = checkBoolean('sharded', options.sharded ?? false)
  if (sharded && history !== undefined) throw new TypeError('sharded must be false where there is a history')
  if (history !== undefined) {
    checkOptions('history', history, ['maxAgeMs', 'maxCount', 'maxBytes'])
    for (const [option, value] of Object.entries(history)) {
      if (value !== undefined) checkInteger(`history.${option}`, value, 1, Number.MAX_SAFE_INTEGER)
    }
  }
  return {
    name: checkName('channel', options.name),
    message: checkSchema('message', options.message),
    history,
    sharded,
  }
}
