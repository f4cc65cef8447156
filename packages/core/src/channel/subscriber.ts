import type { Services } from '../calls/services.ts'
import { parse } from '../define/schema.ts'
import type { StandardSchema } from '../define/schema.ts'
import { toError } from '../errors.ts'
import type { ChannelPosition } from '../ports/channel-driver.ts'
import type { Gap, MessageHandler } from './channel.ts'
import type { Ear } from './hub.ts'
import { decodeBody } from './message-body.ts'

interface Waiting extends ChannelPosition {
  readonly body: string
}

export interface SubscriberParts<Out> {
  readonly channel: string
  readonly schema: StandardSchema<any, Out> | undefined
  readonly services: Services
  readonly handler: MessageHandler<Out>
  readonly onGap: ((gap: Gap) => void) | undefined
  /** How many may wait. */
  readonly buffer: number
  /** The broker closed under it. */
  readonly onEnd: (error: Error) => void
}

/**
 * Feeds one handler, one message after the other. A slow handler has a bounded buffer; what falls out of it is a gap that
 * is told in its place.
 */
export class Subscriber<Out> implements Ear {
  readonly #parts: SubscriberParts<Out>
  /** Live items begin at `#head`. */
  #waiting: (Waiting | Gap)[] = []
  #head = 0
  #running: Promise<void> | undefined
  #closed = false

  constructor(parts: SubscriberParts<Out>) {
    this.#parts = parts
  }

  onMessage(body: string, position: ChannelPosition): void {
    if (this.#closed) return
    if (this.#waiting.length - this.#head >= this.#parts.buffer) this.#dropOldest()
    this.#push({ body, ...position })
  }

  onGap(gap: Gap): void {
    if (this.#closed) return
    const last = this.#waiting.length > this.#head ? this.#waiting.at(-1) : undefined
    if (last !== undefined && 'size' in last) this.#waiting[this.#waiting.length - 1] = joined(last, gap)
    else this.#push(gap)
  }

  onEnd(error: Error): void {
    if (!this.#closed) this.#parts.onEnd(error)
  }

  /** Nothing is delivered any more; resolves when the handler that runs has ended. */
  async close(): Promise<void> {
    this.#closed = true
    this.#waiting = []
    this.#head = 0
    await this.#running
  }

  #push(item: Waiting | Gap): void {
    this.#waiting.push(item)
    this.#running ??= this.#run()
  }

  #take(): Waiting | Gap | undefined {
    const item = this.#waiting[this.#head]
    if (item === undefined) return undefined
    this.#head++
    if (this.#head > 1_000 || this.#head === this.#waiting.length) {
      this.#waiting = this.#waiting.slice(this.#head)
      this.#head = 0
    }
    return item
  }

  /** The oldest that waits becomes a gap in front of the next; a gap is never dropped, only joined. */
  #dropOldest(): void {
    const oldest = this.#waiting[this.#head]!
    const next = this.#waiting[this.#head + 1]
    if (!('size' in oldest)) {
      const lost: Gap = { size: 1, cause: 'buffer' }
      if (next === undefined || !('size' in next)) {
        this.#waiting[this.#head] = lost
        return
      }
      this.#take()
      this.#waiting[this.#head] = joined(lost, next)
    } else if (next !== undefined) {
      this.#take()
      this.#waiting[this.#head] = joined(oldest, 'size' in next ? next : { size: 1, cause: 'buffer' })
    }
  }

  async #run(): Promise<void> {
    await Promise.resolve()
    const { channel, services, onGap } = this.#parts
    let item: Waiting | Gap | undefined
    while ((item = this.#take())) {
      try {
        await ('size' in item ? onGap?.(item) : this.#deliver(item))
      } catch (thrown) {
        const error = toError(thrown)
        services.logger.warn({ channel, err: error }, 'a subscriber failed; its feed goes on')
        services.onError(error)
      }
    }
    this.#running = undefined
  }

  #deliver({ body, epoch, n }: Waiting): unknown {
    const { channel, schema, handler } = this.#parts
    const { payload: value, headers } = decodeBody(body)
    const payload = parse(schema, value, 'invalid-message', 'the message')
    const hand = (parsed: Out): unknown => handler({ channel, payload: parsed, headers, epoch, n })
    return payload instanceof Promise ? payload.then(hand) : hand(payload)
  }
}

/** Two losses in a row are told as one. */
function joined(first: Gap, second: Gap): Gap {
  const size = first.size === undefined || second.size === undefined ? undefined : first.size + second.size
  return { size, cause: first.cause === second.cause ? first.cause : 'transport' }
}
