import type { HistoryLimits } from '../../ports/history-limits.ts'
import type { ChannelDriver, ChannelReader } from '../../ports/channel-driver.ts'
import type { ChannelPosition } from '../../ports/channel-position.ts'
import type { Services } from '../../services/services.ts'
import { Hub } from '../hub.ts'
import type { EarHub } from '../hub.ts'
import { Publisher } from '../publisher.ts'
import type { Sender } from '../publisher.ts'
import { FollowingChannel } from './following-channel.ts'
import { FollowingHub } from './following-hub.ts'
import { PartitionedChannel } from './partitioned-channel.ts'
import { PartitionedHub } from './partitioned-hub.ts'
import { RoutedPublisher } from './routed-publisher.ts'

/** What the messages of a channel are sent by, as its driver is. */
export function senderOf(
  driver: ChannelDriver,
  history: HistoryLimits | undefined,
  services: Services,
  onUsed: () => void,
): Sender {
  if (driver instanceof FollowingChannel) return new FollowingSender(driver, history, services, onUsed)
  if (driver instanceof PartitionedChannel) return new RoutedPublisher(driver, history, services, onUsed)
  const publish = (bodies: readonly string[]): Promise<ChannelPosition> => {
    onUsed()
    return driver.publish(bodies, history)
  }
  return new Publisher({ publish }, services)
}

/** What the subscribers of a channel are added to. */
export function hubOf(name: string, driver: ChannelReader, services: Services): EarHub {
  if (driver instanceof FollowingChannel) return new FollowingHub(name, driver, services)
  if (driver instanceof PartitionedChannel) return new PartitionedHub(name, driver, services, undefined)
  return new Hub(name, driver, services)
}

/** Of a channel that is used by its name alone. */
class FollowingSender implements Sender {
  readonly #channel: FollowingChannel
  readonly #made: (driver: ChannelDriver) => Sender
  #last: { readonly of: ChannelDriver; readonly sender: Sender } | undefined

  constructor(channel: FollowingChannel, history: HistoryLimits | undefined, services: Services, onUsed: () => void) {
    this.#channel = channel
    this.#made = (driver) => senderOf(driver, history, services, onUsed)
  }

  publish(bodies: readonly string[], bytes: number, keys: readonly string[]): Promise<ChannelPosition> {
    return this.#channel.call((at) => {
      if (this.#last?.of !== at) this.#last = { of: at, sender: this.#made(at) }
      return this.#last.sender.publish(bodies, bytes, keys)
    })
  }
}
