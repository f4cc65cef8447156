import type { Services } from '../services/services.ts'
import { MqError, toError } from '../errors.ts'
import type { BufferPolicy } from './buffer-policy.ts'
import type { Gap, MessageHandler, SubscriptionStats } from './channel.ts'
import type { BodyForm, ReadBody } from './channel-parts.ts'
import type { Ear } from './ears.ts'
import { Losses } from './losses.ts'
import type { Headers } from '../wire/message-body.ts'
import { MessageBuffer } from './message-buffer.ts'
import type { Arrived } from './message-buffer.ts'

export interface SubscriberParts<Out> {
  /** For logs and errors: the channel or the pattern. */
  readonly source: string
  readonly read: BodyForm<Out>['read']
  readonly services: Services
  readonly handler: MessageHandler<Out>
  readonly onGap: (gap: Gap, channel: string | undefined) => unknown
  /** This message cannot be read. */
  readonly onMalformed: (message: Arrived, error: Error) => void
  readonly buffer: BufferPolicy
  /** It ended by itself, or because the broker closed. */
  readonly onEnd: (error: Error) => void
}

/**
 * Feeds one handler, one message after the other. A slow handler has a bounded buffer; messages for which it has no
 * room are reported as a gap, in their place.
 */
export class Subscriber<Out> implements Ear {
  readonly #parts: SubscriberParts<Out>
  readonly #waiting = new MessageBuffer()
  readonly #counts = { received: 0, delivered: 0, dropped: 0, lost: 0, malformed: 0 }
  #running: Promise<void> | undefined
  #closed = false

  constructor(parts: SubscriberParts<Out>) {
    this.#parts = parts
  }

  stats(): SubscriptionStats {
    return { ...this.#counts, waiting: this.#waiting.size }
  }

  onMessage(message: Arrived): void {
    if (this.#closed) return
    this.#counts.received++
    const { size, whenFull } = this.#parts.buffer
    if (this.#waiting.size < size) this.#waiting.push(message)
    else if (whenFull === 'disconnect') return this.#disconnect(message)
    else {
      this.#counts.dropped++
      if (whenFull === 'drop-newest') this.#waiting.dropNewest(message)
      else {
        this.#waiting.dropOldest()
        this.#waiting.push(message)
      }
    }
    this.#running ??= this.#run()
  }

  onGap(gap: Gap, channel: string): void {
    if (this.#closed) return
    this.#counts.lost += gap.size ?? 0
    this.#waiting.lose(channel, gap)
    this.#running ??= this.#run()
  }

  onMalformed(): void {
    if (this.#closed) return
    this.#counts.received++
    this.#counts.malformed++
  }

  onEnd(error: Error): void {
    if (!this.#closed) this.#parts.onEnd(error)
  }

  /** Stops delivery; resolves when the running handler has ended. */
  async close(): Promise<void> {
    this.#closed = true
    this.#waiting.clear()
    await this.#running
  }

  /** At once, because the running handler may never end, and nothing else would report it. */
  #disconnect(newest: Arrived): void {
    const { source, buffer, services, onEnd } = this.#parts
    this.#counts.dropped += this.#waiting.size + 1
    this.#waiting.dropNewest(newest)
    const losses = this.#waiting.dropAll()
    this.#closed = true
    const error = new MqError('too-slow', `more than ${buffer.size} messages waited for a subscriber of ${source}`)
    queueMicrotask(() => {
      this.#tell(losses).catch((thrown: unknown) => this.#surface(thrown))
      services.logger.warn({ channel: source, err: error }, 'a subscription ended')
      services.onError(error)
      onEnd(error)
    })
  }

  async #run(): Promise<void> {
    await Promise.resolve()
    let item: Arrived | Losses | undefined
    while ((item = this.#waiting.take())) {
      try {
        await (item instanceof Losses ? this.#tell(item) : this.#deliver(item))
      } catch (thrown) {
        this.#surface(thrown)
      }
    }
    this.#running = undefined
  }

  async #tell(losses: Losses): Promise<void> {
    for (const [channel, gap] of losses) {
      try {
        await this.#parts.onGap(gap, channel)
      } catch (thrown) {
        this.#surface(thrown)
      }
    }
  }

  #deliver(message: Arrived): unknown {
    const { read, onMalformed } = this.#parts
    const refuse = (thrown: unknown): void => {
      this.#counts.malformed++
      onMalformed(message, toError(thrown))
    }
    let body: ReadBody<Out>
    try {
      body = read(message.body)
    } catch (thrown) {
      return refuse(thrown)
    }
    const { headers, payload } = body
    if (!(payload instanceof Promise)) return this.#hand(message, payload, headers)
    return payload.then((parsed) => () => this.#hand(message, parsed, headers), refuse).then((hand) => hand?.())
  }

  #hand({ channel, epoch, n }: Arrived, payload: Out, headers: Headers): unknown {
    this.#counts.delivered++
    return this.#parts.handler({ channel, payload, headers, epoch, n })
  }

  #surface(thrown: unknown): void {
    const { source, services } = this.#parts
    const error = toError(thrown)
    services.logger.warn(
      { channel: source, err: error },
      'the handler of a subscriber failed; its subscription continues',
    )
    services.onError(error)
  }
}
