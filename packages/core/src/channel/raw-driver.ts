import { MqError } from '../errors.ts'
import type { ChannelDriver, FrameListener } from '../ports/channel-driver.ts'
import type { ChannelPosition } from '../ports/channel-position.ts'
import type { PlainTopic } from '../ports/plain.ts'

/**
 * A plain topic as a channel: each text is a message. Nothing numbers them, so they are numbered as they arrive. A loss
 * cannot be told; that something may be lost is told when the path was broken, by an epoch that ends.
 */
export function rawDriver(topic: PlainTopic): ChannelDriver {
  const ears = new Set<RawEar>()
  let published = 0
  return {
    async publish(bodies) {
      await topic.publish(bodies)
      return { epoch: 'raw', n: (published += bodies.length) }
    },

    async subscribe(listener) {
      const ear = new RawEar(listener)
      const subscription = await topic.subscribe({
        onText: (text) => ear.take(text),
        onInterruption: () => ear.interrupt(),
      })
      ears.add(ear)
      return {
        get live() {
          return subscription.live
        },
        close() {
          ears.delete(ear)
          return subscription.close()
        },
      }
    },

    async mark() {
      let position: ChannelPosition = { epoch: 'raw', n: 0 }
      for (const ear of ears) position = ear.mark()
      return position
    },

    async groups() {
      return []
    },

    group() {
      throw new MqError('unsupported', 'a raw channel keeps no messages, so it has no groups')
    },

    async obliterate() {
      return undefined
    },
  }
}

/** One subscription: the messages that it got, numbered. */
class RawEar {
  readonly #listener: FrameListener
  #interruptions = 0
  #n = 0

  constructor(listener: FrameListener) {
    this.#listener = listener
  }

  get #epoch(): string {
    return this.#interruptions === 0 ? 'raw' : `raw-${this.#interruptions}`
  }

  take(text: string): void {
    this.#listener.onFrame({ epoch: this.#epoch, n: ++this.#n, bodies: [text] })
  }

  interrupt(): void {
    this.#interruptions++
    this.#listener.onInterruption()
  }

  /** After what has arrived, as on a path. */
  mark(): ChannelPosition {
    const position = { epoch: this.#epoch, n: this.#n }
    queueMicrotask(() => this.#listener.onFrame({ epoch: this.#epoch, n: this.#n, bodies: [] }))
    return position
  }
}
