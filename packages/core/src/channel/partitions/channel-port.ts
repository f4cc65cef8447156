import type { ChannelDriver, FrameListener } from '../../ports/channel-driver.ts'
import type { ChannelPosition } from '../../ports/channel-position.ts'
import type { HistoryLimits } from '../../ports/history-limits.ts'
import type { Subscription } from '../../ports/subscription.ts'
import { epochAt } from './positions.ts'

/** One partition in the words of its channel: the epochs of its positions say where they are. */
export class ChannelPort {
  readonly index: number
  /** How many there are. */
  readonly of: number
  /** In its own words. */
  readonly driver: ChannelDriver
  /** The last epoch, as both have it: messages share its text. */
  #epoch = { own: '', outer: '' }

  constructor(driver: ChannelDriver, index: number, of: number) {
    this.driver = driver
    this.index = index
    this.of = of
  }

  async publish(bodies: readonly string[], history: HistoryLimits | undefined): Promise<ChannelPosition> {
    return this.#outer(await this.driver.publish(bodies, history))
  }

  subscribe(listener: FrameListener): Promise<Subscription> {
    return this.driver.subscribe({
      onFrame: (frame) => listener.onFrame({ ...frame, epoch: this.outerEpoch(frame.epoch) }),
      onMalformed: (error) => listener.onMalformed(error),
      onInterruption: () => listener.onInterruption(),
    })
  }

  async mark(): Promise<ChannelPosition> {
    return this.#outer(await this.driver.mark())
  }

  outerEpoch(own: string): string {
    if (this.#epoch.own !== own) this.#epoch = { own, outer: epochAt(own, this.index, this.of) }
    return this.#epoch.outer
  }

  #outer({ epoch, n }: ChannelPosition): ChannelPosition {
    return { epoch: this.outerEpoch(epoch), n }
  }
}
