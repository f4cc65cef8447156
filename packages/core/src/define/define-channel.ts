import { checkInteger, checkName, checkOptions } from './check.ts'
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
}

/** Declares a channel. No I/O. Throws a TypeError that names the option at fault. */
export function defineChannel<M extends StandardSchema<any, any> | undefined = undefined>(
  options: ChannelOptions<M>,
): ChannelDefinition<InputOf<M>, OutputOf<M>> {
  checkOptions('defineChannel', options, ['name', 'message', 'history'])
  const { history } = options
  if (history !== undefined) {
    checkOptions('history', history, ['maxAgeMs', 'maxCount', 'maxBytes'])
    for (const [option, value] of Object.entries(history)) {
      if (value !== undefined) checkInteger(`history.${option}`, value, 1, Number.MAX_SAFE_INTEGER)
    }
  }
  return { name: checkName('channel', options.name), message: checkSchema('message', options.message), history }
}
