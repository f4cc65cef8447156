import type { ChannelPosition } from './channel-position.ts'
import type { GroupDriver, GroupOptions, HistoryLimits } from './group-driver.ts'
import type { Subscription } from './subscription.ts'

/**
 * A channel: each message goes to every subscriber.
 * Within an epoch messages are numbered without omissions; a new epoch begins when the numbering was lost, or may have
 * been.
 */
export interface ChannelDriver {
  /**
   * 1–1,000 messages, atomic; what one `channel()` of a storage is given is numbered and delivered in the order of the
   * calls, also where none was answered yet. Never repeated by anyone, because a repeat would deliver twice. Answers
   * the last message's position. With `history` the messages are also kept for groups, in the same step, and what is
   * past the limits is dropped.
   */
  publish(bodies: readonly string[], history?: HistoryLimits): Promise<ChannelPosition>
  /**
   * Resolves when what is published from now on arrives; nothing older does. One subscription feeds a whole process; it
   * lasts over reconnections, which it announces by `onInterruption`. A listener that throws is reported to `onError`,
   * and harms no other.
   */
  subscribe(listener: FrameListener): Promise<Subscription>
  /**
   * Sends this participant a frame without messages that bears the newest position, on the path of the messages:
   * whatever came before it in the channel has either arrived when the marker does, or is lost. Answers the position,
   * too.
   */
  mark(): Promise<ChannelPosition>
  /**
   * All that is kept of the channel is gone: messages, groups with what they hold, the numbering. Whoever uses it
   * begins it anew, in another epoch. Repeating does no harm. Unless forced it does nothing where members of a group
   * hold messages or wait for some, and answers which.
   */
  obliterate(options: { readonly force: boolean }): Promise<'messages' | 'members' | undefined>
  /** Competing consumers with a cursor of their own. Only where `capabilities.groups`. */
  group(name: string, options: GroupOptions): GroupDriver
}

export interface ChannelDriverOptions {
  /** Patterns do not see it. The numbering is the same, so who subscribes the other way sees a loss. */
  readonly sharded?: boolean | undefined
}

/** All channels whose names fit a pattern, those that are and those that come; not the sharded ones. */
export interface PatternDriver {
  /**
   * Resolves when what is published from now on arrives. May bring channels that do not quite fit: core looks again.
   */
  subscribe(listener: PatternListener): Promise<Subscription>
  /** As a channel's `mark`, for one of the channels, to the subscriptions of this pattern. */
  mark(channel: string): Promise<ChannelPosition>
}

export interface PatternListener {
  onFrame(channel: string, frame: Frame): void
  onMalformed(channel: string, error: Error): void
  onInterruption(): void
}

/** Consecutive messages; `n` is the first one's number, or the newest position when `bodies` is empty (a marker). */
export interface Frame extends ChannelPosition {
  readonly bodies: readonly string[]
}

export interface FrameListener {
  onFrame(frame: Frame): void
  /** Something came that is not a frame: another program wrote to the channel. */
  onMalformed(error: Error): void
  /** Messages may have been lost; the path works again. */
  onInterruption(): void
}
