export interface Subscription {
  /** False while hints cannot arrive (the subscribing connection is down): poll faster. */
  readonly live: boolean
  close(): Promise<void>
}
