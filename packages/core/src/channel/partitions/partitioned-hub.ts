import { MqError } from '../../errors.ts'
import type { Services } from '../../services/services.ts'
import type { Ear } from '../ears.ts'
import { Hub } from '../hub.ts'
import type { EarHub } from '../hub.ts'
import { QUIET_MS } from '../sequence.ts'
import { repeatUntilKnown } from '../../storage-calls/repeat.ts'
import type { PartitionedChannel } from './partitioned-channel.ts'

/** Each such look asks one of those that nobody says anything of, in turn: a mark may be lost. */
const SWEEP_EACH = 4

/**
 * The subscribers of one channel in a process, over its partitions: each has a hub of its own, which follows its
 * numbers. A quiet partition is asked where its numbers are only where somebody published lately, which one call says
 * of all of them; and now and then one of the others. So what a quiet channel costs does not grow with their number.
 */
export class PartitionedHub implements EarHub {
  readonly #channel: PartitionedChannel
  readonly #services: Services
  readonly #onDiffers: (error: MqError) => void
  readonly #hubs: readonly Hub[]
  readonly #quiet = new Set<number>()
  #isLooking = false
  #marked: ReadonlySet<number> | undefined
  #readAt = Number.NEGATIVE_INFINITY
  #looks = 0
  readonly #ears = new Set<Ear>()

  constructor(
    name: string,
    channel: PartitionedChannel,
    services: Services,
    onDiffers: ((error: MqError) => void) | undefined,
  ) {
    this.#channel = channel
    this.#services = services
    this.#onDiffers = onDiffers ?? ((error) => void this.#end(error))
    this.#hubs = channel.ports.map((port, index) => {
      return new Hub(name, port, services, { onQuiet: () => this.#isQuiet(index) })
    })
  }

  async add(ear: Ear): Promise<void> {
    this.#ears.add(ear)
    try {
      // As long as the storage is away, until it left.
      await repeatUntilKnown(this.#services, async () => this.#ears.has(ear) && this.#channel.sure(), {
        timeoutMs: Number.POSITIVE_INFINITY,
      })
      if (this.#ears.has(ear)) await Promise.all(this.#hubs.map((hub) => hub.add(ear)))
    } catch (error) {
      await this.remove(ear)
      throw error
    }
  }

  async remove(ear: Ear): Promise<void> {
    this.#ears.delete(ear)
    await Promise.all(this.#hubs.map((hub) => hub.remove(ear)))
  }

  async close(error: Error): Promise<void> {
    this.#ears.clear()
    await Promise.all(this.#hubs.map((hub) => hub.close(error)))
  }

  #isQuiet(index: number): void {
    this.#quiet.add(index)
    if (!this.#isLooking) void this.#lookWhileQuiet()
  }

  async #lookWhileQuiet(): Promise<void> {
    this.#isLooking = true
    while (this.#quiet.size > 0) await this.#look()
    this.#isLooking = false
  }

  /** Never rejects. */
  async #look(): Promise<void> {
    // Hubs become quiet at about the same time.
    await Promise.resolve()
    const { clock } = this.#services
    if (clock.now() >= this.#readAt + QUIET_MS / 2) {
      this.#readAt = clock.now()
      const marked = await this.#channel.home.marks.read()
      this.#marked = marked && new Set(marked)
      this.#looks++
      try {
        await this.#channel.sure()
      } catch (thrown) {
        if (MqError.is(thrown, 'partitions-differ')) this.#onDiffers(thrown)
      }
    }
    const next = this.#looks % SWEEP_EACH === 0 ? (this.#looks / SWEEP_EACH) % this.#hubs.length : undefined
    const asked = [...this.#quiet].filter((index) => this.#marked?.has(index) !== false || index === next)
    this.#quiet.clear()
    for (const index of asked) this.#hubs[index]!.ask()
  }

  /** The channel has another number of partitions now: nothing that is published to it arrives here. */
  async #end(error: MqError): Promise<void> {
    this.#services.onError(error)
    await this.close(error).catch((thrown: unknown) => this.#services.onError(thrown as Error))
  }
}
