import { Batcher } from '../storage-calls/batcher.ts'
import { isPassing, repeatUntilKnown, wasNotSent } from '../storage-calls/repeat.ts'
import type { Services } from '../services/services.ts'
import { MAX_BATCH, MAX_BATCH_BYTES } from '../ports/limits.ts'
import type { ChannelDriver } from '../ports/channel-driver.ts'
import type { ChannelPosition } from '../ports/channel-position.ts'

/** Bodies that one call sends together. */
type Group = readonly string[]

/** What a channel's handle sends messages by. */
export interface Sender {
  /** Sends all or none, in a row. Returns the position of the last one. `keys`: of those of them that have one. */
  publish(bodies: Group, bytes: number, keys: readonly string[]): Promise<ChannelPosition>
}

/** Sends messages, in the order of the calls; simultaneous ones share a round trip and a frame. */
export class Publisher implements Sender {
  readonly #driver: Pick<ChannelDriver, 'publish'>
  readonly #services: Services
  readonly #batcher: Batcher<Group, ChannelPosition>
  /** Resolves when the batch that was sent last has ended, with or without success. */
  #newest: Promise<unknown> = Promise.resolve()
  /** The storage is unavailable: a call that is tried again must not overtake another. */
  #away = false

  constructor(driver: Pick<ChannelDriver, 'publish'>, services: Services) {
    this.#driver = driver
    this.#services = services
    const { clock, operationTimeoutMs: timeoutMs } = services
    this.#batcher = new Batcher({
      clock,
      timeoutMs,
      lanes: 2,
      maxItems: MAX_BATCH,
      maxBytes: MAX_BATCH_BYTES,
      send: (groups) => this.#send(groups),
    })
  }

  /** Sends all or none, in a row. Returns the position of the last one. */
  publish(bodies: Group, bytes: number): Promise<ChannelPosition> {
    return this.#batcher.add(bodies, bytes, bodies.length)
  }

  async #send(groups: readonly Group[]): Promise<readonly ChannelPosition[]> {
    const bodies = groups.flat()
    const earlier = this.#newest
    // A call that may have been sent is never repeated: a message of which it is unknown whether it was published could
    // arrive twice.
    const sending = repeatUntilKnown(this.#services, () => this.#try(bodies, earlier), {
      timeoutMs: this.#services.operationTimeoutMs,
      onlyUnsent: true,
    })
    this.#newest = sending.catch(() => undefined)
    const { epoch, n } = await sending
    let last = n - bodies.length
    return groups.map(({ length }) => ({ epoch, n: (last += length) }))
  }

  async #try(bodies: readonly string[], earlier: Promise<unknown>): Promise<ChannelPosition> {
    if (this.#away) await earlier
    try {
      const position = await this.#driver.publish(bodies)
      this.#away = false
      return position
    } catch (thrown) {
      this.#away = wasNotSent(thrown) || isPassing(thrown)
      throw thrown
    }
  }
}
