/**
 * What an adapter can do. One list for users, for the cases that the conformance suite skips, and for the calls that
 * core refuses.
 */
export interface Capabilities {
  /** Tasks outlive the process that enqueued them. */
  readonly durable: boolean
  /** `open()` may be called by several processes that then share queues and channels. */
  readonly crossProcess: boolean
  /** `ChannelDriver.group()` works: channels with history, consumer groups, replay. */
  readonly groups: boolean
  /** `Storage.pattern()` works: subscribing to all channels whose names fit. */
  readonly patterns: boolean
  /** Channels may be `sharded`: in a cluster, their messages stay on the nodes that own them. */
  readonly sharded: boolean
  /**
   * There is `Storage.plain`: queues may have an inbox and an outbox, channels may be raw, for programs without this
   * library. Default false.
   */
  readonly plain?: boolean | undefined
}
