import type { PatternDefinition } from '../define/define-pattern.ts'
import type { ChannelSubscription, Gap, Message, MessageHandler, SubscribeOptions } from './channel.ts'

/** All channels whose names fit, those that are and those that come; a message says its channel. */
export interface Pattern<Out = unknown> {
  readonly pattern: string
  readonly definition: PatternDefinition<Out>
  /**
   * In order for each channel, at most once. A loss in a channel that was heard of before is reported to `onGap`:
   * within 5 s for the 1,000 channels that were heard of last, with the next message for the others (up to 100,000).
   * Resolves when messages published from now on arrive.
   */
  subscribe(handler: MessageHandler<Out>, options?: PatternSubscribeOptions): Promise<ChannelSubscription>
  /** The same as an iterable. Leaving the loop, or aborting, ends the subscription. */
  messages(options?: Omit<PatternSubscribeOptions, 'onEnd'>): AsyncIterable<Message<Out>>
}

export interface PatternSubscribeOptions extends Omit<SubscribeOptions, 'onGap'> {
  readonly onGap?: ((gap: ChannelGap) => void) | undefined
}

export interface ChannelGap extends Gap {
  /** Where; undefined for losses in more than 1,000 channels at once, which are summed up. */
  readonly channel: string | undefined
}
