import type { ChannelPosition, Gap } from '@mq/core'

/** What one subscriber heard of one channel, and what it was told it lost: together they must be all. */
export class ChannelAccount {
  received = 0
  lost = 0
  /** Up to where everything is accounted for. */
  position: number
  readonly faults: string[] = []

  /** `position`: where its listening began. */
  constructor(position = 0) {
    this.position = position
  }

  hear({ n }: ChannelPosition): void {
    if (n !== this.position + 1) this.faults.push(`${n} came after ${this.position}`)
    this.position = n
    this.received++
  }

  lose({ size, cause }: Gap): void {
    if (cause !== 'transport' || size === undefined || size < 1) this.faults.push(`a gap of ${size} by ${cause}`)
    this.lost += size ?? 0
    this.position += size ?? 0
  }
}
