import type { ChannelDefinition } from '../../define/define-channel.ts'
import { MqError } from '../../errors.ts'
import type { Storage } from '../../ports/adapter.ts'
import type { ChannelDriver } from '../../ports/channel-driver.ts'
import type { Services } from '../../services/services.ts'
import { pause } from '../../waiting/pause.ts'
import { FollowingChannel } from './following-channel.ts'
import { PartitionedChannel } from './partitioned-channel.ts'
import type { PartitionedChannelParts } from './partitioned-channel.ts'

/** The drivers of a broker's channels: those of the adapter, or one over those of the partitions. */
export class ChannelDrivers {
  readonly #storage: Storage
  readonly #services: Pick<Services, 'clock' | 'onError' | 'closed'>
  /** Whose definitions say so. */
  readonly #partitioned = new Map<string, PartitionedChannel>()
  readonly #all: PartitionedChannel[] = []

  constructor(storage: Storage, services: Pick<Services, 'clock' | 'onError' | 'closed'>) {
    this.#storage = storage
    this.#services = services
  }

  /** Throws `unsupported` where the adapter has no partitions of channels. */
  of({ name, sharded, partitions }: ChannelDefinition<any, any>): ChannelDriver {
    return partitions > 1 ? this.#over(name, partitions) : this.#storage.channel(name, { sharded })
  }

  /** Of a channel that is used without a definition: whether it has partitions shows when it is called. */
  named(name: string): ChannelDriver {
    const known = this.#partitioned.get(name)
    if (known !== undefined) return known
    const plain = this.#storage.channel(name)
    // Of a test, which has partitions by itself.
    if (this.#storage.channelWidths === undefined) return plain
    return new FollowingChannel(plain, (partitions) => this.#opened(name, partitions, { observes: true }))
  }

  /** Waits for what the partitions do not know yet. */
  async close(endAt: number): Promise<void> {
    if (this.#all.length === 0) return
    const { clock, closed } = this.#services
    const settled = Promise.allSettled(this.#all.map((channel) => channel.close()))
    await Promise.race([settled, pause(clock, Math.max(0, endAt - clock.now()), closed)])
  }

  #over(name: string, of: number): PartitionedChannel {
    const known = this.#partitioned.get(name)
    if (known?.of === of) return known
    const channel = this.#opened(name, of)
    this.#partitioned.set(name, channel)
    return channel
  }

  #opened(name: string, of: number, more: { readonly observes?: boolean } = {}): PartitionedChannel {
    const channel = partitionedChannel(this.#storage, name, of, this.#services, more)
    this.#all.push(channel)
    return channel
  }
}

/** Throws `unsupported` where the storage has no partitions of channels. */
export function partitionedChannel(
  storage: Storage,
  channel: string,
  of: number,
  services: Pick<Services, 'clock' | 'onError'> & { readonly closed?: AbortSignal | undefined },
  more: Pick<PartitionedChannelParts, 'observes' | 'spread'> = {},
): PartitionedChannel {
  const { channelWidths: widths } = storage
  if (widths === undefined) {
    throw new MqError('unsupported', `this adapter has no channels with partitions (channel ${channel})`)
  }
  const drivers = Array.from({ length: of }, (_, index) => storage.channel(channel, { partition: { index, of } }))
  const { clock, onError, closed } = services
  return new PartitionedChannel({ channel, drivers, widths, clock, onError, closed, ...more })
}
