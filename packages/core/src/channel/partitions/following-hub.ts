import { MqError, toError } from '../../errors.ts'
import type { Services } from '../../services/services.ts'
import type { Ear } from '../ears.ts'
import { Hub } from '../hub.ts'
import type { EarHub } from '../hub.ts'
import type { FollowingChannel } from './following-channel.ts'
import { PartitionedChannel } from './partitioned-channel.ts'
import { PartitionedHub } from './partitioned-hub.ts'

/** The subscribers of a channel that is used by its name alone: they move where it has another number of partitions. */
export class FollowingHub implements EarHub {
  readonly #name: string
  readonly #channel: FollowingChannel
  readonly #services: Services
  readonly #ears = new Set<Ear>()
  #hub: EarHub

  constructor(name: string, channel: FollowingChannel, services: Services) {
    this.#name = name
    this.#channel = channel
    this.#services = services
    this.#hub = this.#made()
  }

  async add(ear: Ear): Promise<void> {
    this.#ears.add(ear)
    const hub = this.#hub
    try {
      await hub.add(ear)
    } catch (thrown) {
      if (MqError.is(thrown, 'partitions-differ')) return this.#moved(hub, thrown, ear)
      this.#ears.delete(ear)
      throw thrown
    }
  }

  async remove(ear: Ear): Promise<void> {
    this.#ears.delete(ear)
    await this.#hub.remove(ear)
  }

  async close(error: Error): Promise<void> {
    this.#ears.clear()
    await this.#hub.close(error)
  }

  async #moved(from: EarHub, refusal: MqError, ear: Ear): Promise<void> {
    this.#follow(from, refusal, ear)
    try {
      if (this.#ears.has(ear)) await this.#hub.add(ear)
    } catch (thrown) {
      this.#ears.delete(ear)
      throw thrown
    }
  }

  /** `comes`: is added by whoever found out. */
  #follow(from: EarHub, refusal: MqError, comes?: Ear): void {
    if (this.#hub !== from) return
    this.#channel.follow(refusal)
    this.#hub = this.#made()
    for (const ear of this.#ears) if (ear !== comes) void this.#move(ear, from)
  }

  async #move(ear: Ear, from: EarHub): Promise<void> {
    try {
      await from.remove(ear)
      await this.#hub.add(ear)
      // What was published meanwhile is not known.
      ear.onGap({ size: undefined, cause: 'transport' }, this.#name)
    } catch (thrown) {
      if (this.#ears.delete(ear)) ear.onEnd(toError(thrown))
    }
  }

  #made(): EarHub {
    const { now } = this.#channel
    const onDiffers = (error: MqError): void => this.#follow(made, error)
    const made: EarHub =
      now instanceof PartitionedChannel
        ? new PartitionedHub(this.#name, now, this.#services, onDiffers)
        : new Hub(this.#name, now, this.#services, { onDiffers })
    return made
  }
}
