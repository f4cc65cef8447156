export interface ChannelPosition {
  readonly epoch: string
  /** Counts up from 1; where a channel keeps its messages it goes on over the epochs. */
  readonly n: number
}
