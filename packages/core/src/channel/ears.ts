import type { Services } from '../services/services.ts'
import type { Frame } from '../ports/channel-driver.ts'
import type { Gap } from './channel.ts'
import type { Arrived } from './message-buffer.ts'

/** A subscriber as a hub sees it. */
export interface Ear {
  onMessage(message: Arrived): void
  onGap(gap: Gap, channel: string): void
  /** Something arrived that cannot be read. */
  onMalformed(): void
  /** The broker closed. */
  onEnd(error: Error): void
  /** Resolves when the last handler has ended; no message is delivered afterwards. */
  close(): Promise<void>
}

/** The subscribers of one process that share a subscription. */
export class Ears {
  readonly #services: Services
  readonly #ears = new Set<Ear>()

  constructor(services: Services) {
    this.#services = services
  }

  get size(): number {
    return this.#ears.size
  }

  has(ear: Ear): boolean {
    return this.#ears.has(ear)
  }

  add(ear: Ear): void {
    this.#ears.add(ear)
  }

  /** False when it was not here. */
  remove(ear: Ear): boolean {
    return this.#ears.delete(ear)
  }

  /** Passes on what was lost before the frame, then its messages. */
  deliver(channel: string, { epoch, n, bodies }: Frame, gap: Gap | undefined): void {
    if (gap) {
      this.#services.logger.warn(
        { channel, size: gap.size },
        'messages of a channel were lost between publisher and subscriber',
      )
      for (const ear of this.#ears) ear.onGap(gap, channel)
    }
    for (let i = 0; i < bodies.length; i++) {
      const message = { channel, epoch, n: n + i, body: bodies[i]! }
      for (const ear of this.#ears) ear.onMessage(message)
    }
  }

  malformed(error: Error): void {
    for (const ear of this.#ears) ear.onMalformed()
    this.#services.logger.warn(
      { err: error },
      'something that is not a message was published to a channel and is skipped; the subscription continues',
    )
    this.#services.onError(error)
  }

  /** Notifies every one of them of the end. */
  async end(error: Error): Promise<void> {
    const ears = [...this.#ears]
    this.#ears.clear()
    for (const ear of ears) ear.onEnd(error)
    await Promise.all(ears.map((ear) => ear.close()))
  }
}
