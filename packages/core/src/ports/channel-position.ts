export interface ChannelPosition {
  readonly epoch: string
  /** Counts up from 1; in a channel that keeps its messages it continues over the epochs. */
  readonly n: number
}
