import { Rotation } from '../../partitions/rotation.ts'
import type { ChannelPosition } from '../../ports/channel-position.ts'
import type { HistoryLimits } from '../../ports/history-limits.ts'
import type { Services } from '../../services/services.ts'
import { homeOfKeys } from '../publish-key.ts'
import { Publisher } from '../publisher.ts'
import type { Sender } from '../publisher.ts'
import type { PartitionedChannel } from './partitioned-channel.ts'

/**
 * Sends the messages of a channel with partitions, to each partition by calls of its own: none waits for another. Those
 * of a key go where it is at home; others go where the next batch goes, and each batch makes way for the next
 * partition, but for those that do not answer.
 */
export class RoutedPublisher implements Sender {
  readonly #channel: PartitionedChannel
  readonly #history: HistoryLimits | undefined
  readonly #services: Services
  readonly #onUsed: () => void
  /** The calls to each partition. */
  readonly #ways = new Map<number, Publisher>()
  readonly #rotation: Rotation<number>

  constructor(channel: PartitionedChannel, history: HistoryLimits | undefined, services: Services, onUsed: () => void) {
    this.#channel = channel
    this.#history = history
    this.#services = services
    this.#onUsed = onUsed
    const { of, ports, spread } = channel
    const places = ports.map(({ index }) => index)
    this.#rotation = new Rotation({
      clock: services.clock,
      places: () => places,
      begin: spread?.() ?? Math.floor(services.random() * of) % of,
      spread,
    })
  }

  async publish(bodies: readonly string[], bytes: number, keys: readonly string[]): Promise<ChannelPosition> {
    const home = homeOfKeys(keys, this.#channel.of)
    if (home !== undefined) return this.#at(home).publish(bodies, bytes)
    const sent = this.#at(this.#rotation.next).publish(bodies, bytes)
    this.#rotation.given(bodies.length)
    return sent
  }

  #at(index: number): Publisher {
    const known = this.#ways.get(index)
    if (known !== undefined) return known
    const publish = (bodies: readonly string[]): Promise<ChannelPosition> =>
      this.#rotation.during(index, () => {
        this.#onUsed()
        return this.#channel.publishAt(index, bodies, this.#history)
      })
    const publisher = new Publisher({ publish }, this.#services)
    this.#ways.set(index, publisher)
    return publisher
  }
}
