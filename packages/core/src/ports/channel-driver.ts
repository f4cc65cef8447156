import type { ChannelPosition } from './channel-position.ts'
import type { GroupDriver, GroupOptions } from './group-driver.ts'
import type { HistoryLimits } from './history-limits.ts'
import type { Partition } from './plain.ts'
import type { Subscription } from './subscription.ts'

/**
 * What is read of a channel: each message goes to every subscriber, and once to each group.
 * Within an epoch messages are numbered without omissions; a new epoch begins when the numbering was lost, or may have
 * been.
 */
export interface ChannelReader {
  /**
   * Resolves when messages that are published from now on will arrive; older ones do not. One subscription serves a
   * whole process; it survives reconnections, which it announces by `onInterruption`. A listener that throws is
   * reported to `onError`, and does not affect others.
   */
  subscribe(listener: FrameListener): Promise<Subscription>
  /**
   * Sends this participant a frame without messages that has the newest position (a marker), on the path of the
   * messages: when the marker arrives, every message before it in the channel has either arrived or is lost. Returns
   * the position, too.
   */
  mark(): Promise<ChannelPosition>
  /**
   * The names of the groups that exist, each once, in any order: a thousand at the most. Only where
   * `capabilities.groups`.
   */
  groups(): Promise<readonly string[]>
  /** Competing consumers with a cursor of their own. Only where `capabilities.groups`. */
  group(name: string, options: GroupOptions): GroupDriver
  /**
   * How long ago the message of this position was published, ms, by the storage's clock; undefined where it is not
   * kept. Optional: only where `Storage.channelWidths`.
   */
  agoOf?(position: ChannelPosition): Promise<number | undefined>
}

export interface ChannelDriver extends ChannelReader {
  /**
   * Publishes 1–1,000 messages, atomically. Messages of one `channel()` of a storage are numbered and delivered in the
   * order of the calls, also while earlier calls are not answered yet. Never repeated by anyone, because a repeat would
   * deliver twice. Returns the position of the last message. With `history` the messages are also kept for groups, in
   * the same step, and messages beyond the limits are dropped.
   */
  publish(bodies: readonly string[], history?: HistoryLimits): Promise<ChannelPosition>
  /**
   * Deletes everything of the channel: messages, groups with all that they hold, the numbering. The next call that uses
   * it begins a new epoch. May be repeated. Unless forced it does nothing while members of a group hold messages or
   * wait for some, and reports which groups.
   */
  obliterate(options: { readonly force: boolean }): Promise<'messages' | 'members' | undefined>
}

export interface ChannelDriverOptions {
  /**
   * Patterns do not match it. The numbering is the same as without it, so a subscriber with another value of `sharded`
   * notices a loss.
   */
  readonly sharded?: boolean | undefined
  /**
   * One of the partitions of a channel: a channel of its own for the adapter, where it is stored with others of its
   * name, and under that of `partitionName`, which no pattern matches. Only where `Storage.channelWidths`. Where the
   * storage is made of slots, partition i is in the i-th of `of` equal parts.
   */
  readonly partition?: Partition | undefined
}

/** All channels whose names match a pattern, existing and future ones, except sharded channels. */
export interface PatternDriver {
  /**
   * Resolves when messages that are published from now on will arrive. May deliver messages of channels that do not
   * quite match: core checks again.
   */
  subscribe(listener: PatternListener): Promise<Subscription>
  /** As `mark` of a channel: for one of the channels, to the subscriptions of this pattern. */
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
  /** Something arrived that is not a frame: another program wrote to the channel. */
  onMalformed(error: Error): void
  /** Messages may have been lost; the path works again. */
  onInterruption(): void
}
