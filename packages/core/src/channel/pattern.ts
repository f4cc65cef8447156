import type { PatternDefinition } from '../define/define-pattern.ts'
import type { ChannelSubscription, Gap, Message, MessageHandler, SubscribeOptions } from './channel.ts'

/** All channels whose names match, existing and future ones; each message has the name of its channel. */
export interface Pattern<Out = unknown> {
  readonly pattern: string
  readonly definition: PatternDefinition<Out>
  /**
   * Calls `handler` for each message, in order for each channel, at most once. A loss in a channel of which a message
   * arrived before is reported to `onGap`: within 5 s for the 1,000 channels with the newest messages, with the next
   * message for the others (up to 100,000). Resolves when messages that are published from now on will arrive.
   */
  subscribe(handler: MessageHandler<Out>, options?: PatternSubscribeOptions): Promise<ChannelSubscription>
  /** The same as an iterable. Leaving the loop, or aborting, ends the subscription. */
  messages(options?: Omit<PatternSubscribeOptions, 'onEnd'>): AsyncIterable<Message<Out>>
}

export interface PatternSubscribeOptions extends Omit<SubscribeOptions, 'onGap'> {
  readonly onGap?: ((gap: ChannelGap) => void) | undefined
}

export interface ChannelGap extends Gap {
  /**
   * The channel; undefined for the sum of the losses in further channels, when more than 1,000 lost messages at once.
   */
  readonly channel: string | undefined
}
