import { STALLED_MS } from '../../partitions/in-time.ts'
import type { ChannelPosition } from '../../ports/channel-position.ts'
import type { HistoryLimits } from '../../ports/history-limits.ts'
import type { Services } from '../../services/services.ts'
import { homeOfKeys } from '../publish-key.ts'
import { Publisher } from '../publisher.ts'
import type { Sender } from '../publisher.ts'
import type { PartitionedChannel } from './partitioned-channel.ts'

/** So many that come together go to one partition, before the next is taken: a burst is spread, too. */
const TOGETHER = 32

/** The calls to one partition. */
interface Way {
  readonly publisher: Publisher
  /** When those that are not answered began. */
  readonly under: Set<{ readonly since: number }>
}

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
  readonly #ways = new Map<number, Way>()
  #next: number
  /** How many it was given. */
  #together = 0

  constructor(channel: PartitionedChannel, history: HistoryLimits | undefined, services: Services, onUsed: () => void) {
    this.#channel = channel
    this.#history = history
    this.#services = services
    this.#onUsed = onUsed
    this.#next = channel.spread?.() ?? Math.floor(services.random() * channel.of) % channel.of
  }

  async publish(bodies: readonly string[], bytes: number, keys: readonly string[]): Promise<ChannelPosition> {
    const home = homeOfKeys(keys, this.#channel.of)
    if (home !== undefined) return this.#at(home).publisher.publish(bodies, bytes)
    const sent = this.#at(this.#next).publisher.publish(bodies, bytes)
    this.#together += bodies.length
    if (this.#together >= TOGETHER) this.#goOn()
    return sent
  }

  #at(index: number): Way {
    const known = this.#ways.get(index)
    if (known !== undefined) return known
    const under: Way['under'] = new Set()
    const publish = async (bodies: readonly string[]): Promise<ChannelPosition> => {
      if (index === this.#next) this.#goOn()
      this.#onUsed()
      const call = { since: this.#services.clock.now() }
      under.add(call)
      try {
        return await this.#channel.publishAt(index, bodies, this.#history)
      } finally {
        under.delete(call)
      }
    }
    const way = { publisher: new Publisher({ publish }, this.#services), under }
    this.#ways.set(index, way)
    return way
  }

  #goOn(): void {
    this.#together = 0
    const { of, spread } = this.#channel
    if (spread !== undefined) {
      this.#next = spread()
      return
    }
    const first = (this.#next + 1) % of
    for (let i = 0; i < of; i++) {
      this.#next = (first + i) % of
      if (!this.#isAway(this.#next)) return
    }
    this.#next = first
  }

  #isAway(index: number): boolean {
    const before = this.#services.clock.now() - STALLED_MS
    for (const { since } of this.#ways.get(index)?.under ?? []) if (since < before) return true
    return false
  }
}
