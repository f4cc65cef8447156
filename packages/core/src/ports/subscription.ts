export interface Subscription {
  /**
   * False while hints cannot arrive (the subscribing connection is down): poll faster. False for ever after `close`.
   */
  readonly live: boolean
  /** Nothing is delivered afterwards. Repeating does no harm. */
  close(): Promise<void>
}
