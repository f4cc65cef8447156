export interface Subscription {
  /**
   * False while hints cannot arrive (the subscribing connection is down): poll faster. False for ever after `close`.
   */
  readonly live: boolean
  /** No hint or message is delivered afterwards. May be repeated. */
  close(): Promise<void>
}
