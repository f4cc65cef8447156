import { closeWhenOpen } from '../storage-calls/close-when-open.ts'
import { repeatUntilKnown } from '../storage-calls/repeat.ts'
import type { Services } from '../services/services.ts'
import type { Timer } from '../clock.ts'
import { MqError, toError } from '../errors.ts'
import type { Subscription } from '../ports/subscription.ts'
import type { ChannelReader, Frame } from '../ports/channel-driver.ts'
import type { ChannelPosition } from '../ports/channel-position.ts'
import { Ears } from './ears.ts'
import type { Ear } from './ears.ts'
import { QUIET_MS, Sequence } from './sequence.ts'

/** What subscribers of a channel are added to. */
export interface EarHub {
  /** Resolves when messages published from now on reach `ear`. */
  add(ear: Ear): Promise<void>
  remove(ear: Ear): Promise<void>
  /** Ends all subscribers. */
  close(error: Error): Promise<void>
}

export interface HubEvents {
  /** Nothing arrived for a while. Default: it asks for a marker. */
  readonly onQuiet?: (() => void) | undefined
  /** The channel has partitions now: nothing that is published to it arrives here. Default: its subscribers end. */
  readonly onDiffers?: ((error: MqError) => void) | undefined
}

/**
 * One subscription per channel and process, for any number of subscribers. Compares the numbers of the messages that
 * arrive, so that every loss is announced: missing numbers when the next message arrives, the loss of the last message
 * when a marker of the quiet channel arrives.
 */
export class Hub implements EarHub {
  readonly #channel: string
  readonly #driver: Pick<ChannelReader, 'subscribe' | 'mark'>
  readonly #services: Services
  readonly #events: HubEvents
  readonly #ears: Ears
  #sequence = new Sequence()
  #subscription: Promise<Subscription> | undefined
  /** The baseline call under way, for all callers that wait until the subscription is proven to work. */
  #proven: Promise<void> | undefined
  /** The callers that wait for it. One that leaves meanwhile stops waiting, and nothing refers to it any more. */
  readonly #unproven = new Map<Ear, { readonly resolve: () => void; readonly reject: (error: unknown) => void }>()
  /** Resolves or rejects the baseline call under way; a failed one leaves none. */
  #proof: { readonly resolve: () => void; readonly reject: (error: Error) => void } | undefined
  #timer: Timer | undefined
  /** Aborts when the last subscriber leaves. */
  #left = new AbortController()
  #heard = false
  #asking = false

  constructor(
    channel: string,
    driver: Pick<ChannelReader, 'subscribe' | 'mark'>,
    services: Services,
    events: HubEvents = {},
  ) {
    this.#channel = channel
    this.#driver = driver
    this.#services = services
    this.#events = events
    this.#ears = new Ears(services)
  }

  /** Resolves when messages published from now on reach `ear`. */
  async add(ear: Ear): Promise<void> {
    this.#ears.add(ear)
    const subscription = (this.#subscription ??= this.#driver.subscribe({
      onFrame: (frame) => this.#take(frame),
      onMalformed: (error) => this.#ears.malformed(error),
      onInterruption: () => {
        this.#sequence.interrupt()
        this.ask()
      },
    }))
    try {
      await subscription
      // A subscriber that left meanwhile does not wait.
      if (!this.#sequence.begun && this.#ears.has(ear)) await this.#provenFor(ear)
    } catch (error) {
      await this.remove(ear)
      throw error
    }
  }

  async remove(ear: Ear): Promise<void> {
    this.#unproven.get(ear)?.resolve()
    this.#unproven.delete(ear)
    if (this.#ears.remove(ear) && this.#ears.size === 0) await this.#leave()
  }

  async close(error: Error): Promise<void> {
    this.#proof?.reject(error)
    this.#proof = undefined
    const left = this.#ears.size === 0 ? undefined : this.#leave()
    await Promise.all([left, this.#ears.end(error)])
  }

  async #leave(): Promise<void> {
    this.#timer?.cancel()
    this.#timer = undefined
    this.#sequence = new Sequence()
    this.#proven = undefined
    this.#left.abort()
    this.#left = new AbortController()
    // Nobody waits for the baseline any more; on a connection that delivers nothing, all subscribers that ever tried
    // would be kept.
    this.#prove()
    const subscription = this.#subscription
    this.#subscription = undefined
    await closeWhenOpen(subscription, this.#services)
  }

  /** It takes as long as the outage, and a promise would keep each caller that gave up meanwhile. */
  #provenFor(ear: Ear): Promise<void> {
    if (this.#proven === undefined) {
      const proven = this.#baseline()
      this.#proven = proven
      const settle = (act: (waiter: { resolve: () => void; reject: (error: unknown) => void }) => void): void => {
        if (this.#proven !== proven) return
        this.#proven = undefined
        for (const waiter of this.#unproven.values()) act(waiter)
        this.#unproven.clear()
      }
      proven.then(
        () => settle(({ resolve }) => resolve()),
        (error: unknown) => settle(({ reject }) => reject(error)),
      )
    }
    return new Promise((resolve, reject) => this.#unproven.set(ear, { resolve, reject }))
  }

  /**
   * Losses count from the position that the storage answered. (A marker that arrives may be an older one.) The arrival
   * of any marker proves that messages get through.
   */
  async #baseline(): Promise<void> {
    const subscription = this.#subscription
    this.#arm()
    const proof = new Promise<void>((resolve, reject) => {
      this.#proof = { resolve, reject }
    })
    // Thrown by the await below, unless the request fails first.
    proof.catch(() => undefined)
    // Repeated while the storage is unavailable, until the last subscriber leaves.
    const ask = async (): Promise<ChannelPosition> => {
      if (this.#subscription !== subscription) throw new MqError('closed', 'the subscription was closed')
      return this.#driver.mark()
    }
    const timeoutMs = Number.POSITIVE_INFINITY
    const position = await repeatUntilKnown(this.#services, ask, { timeoutMs, hurry: () => this.#left.signal })
    if (this.#subscription !== subscription) return
    this.#sequence.begin(position)
    await proof
  }

  #take(frame: Frame): void {
    this.#heard = true
    if (frame.bodies.length === 0) this.#prove()
    this.#ears.deliver(this.#channel, frame, this.#sequence.follow(frame))
  }

  #prove(): void {
    this.#proof?.resolve()
    this.#proof = undefined
  }

  /** Asks for a marker: whether all that was published has arrived. */
  ask(): void {
    if (this.#asking) return
    this.#asking = true
    const { operationTimeoutMs: timeoutMs } = this.#services
    // One marker more does no harm. If it fails, the next one is requested when the channel has been quiet for a while.
    repeatUntilKnown(this.#services, () => this.#driver.mark(), { timeoutMs, hurry: () => this.#left.signal })
      .catch((thrown: unknown) => {
        this.#services.logger.debug({ err: toError(thrown) }, 'the position of a channel could not be read')
        if (MqError.is(thrown, 'partitions-differ')) this.#differs(thrown)
      })
      .finally(() => (this.#asking = false))
  }

  #arm(): void {
    this.#timer?.cancel()
    this.#heard = false
    this.#timer = this.#services.clock.schedule(() => {
      const { onQuiet = () => this.ask() } = this.#events
      if (!this.#heard) onQuiet()
      this.#arm()
    }, QUIET_MS)
  }

  #differs(error: MqError): void {
    const { onDiffers } = this.#events
    if (onDiffers !== undefined) return onDiffers(error)
    this.#services.onError(error)
    void this.close(error).catch((thrown: unknown) => this.#services.onError(toError(thrown)))
  }
}
