import { repeatUntilKnown } from '../calls/repeat.ts'
import type { Services } from '../calls/services.ts'
import type { Timer } from '../clock.ts'
import { closeWhenOpen } from '../calls/close-when-open.ts'
import { MqError, toError } from '../errors.ts'
import type { Subscription } from '../ports/adapter.ts'
import type { ChannelDriver, ChannelPosition, Frame } from '../ports/channel-driver.ts'
import type { Gap } from './channel.ts'

/** A subscriber as the hub sees it. */
export interface Ear {
  onMessage(body: string, position: ChannelPosition): void
  onGap(gap: Gap): void
  /** The broker closed. */
  onEnd(error: Error): void
  /** Resolves when nothing is delivered any more. */
  close(): Promise<void>
}

/** A quiet channel is asked for its position so often: the loss of its last message is known within twice the time. */
const QUIET_MS = 2_000

/**
 * One subscription per channel and process, for any number of subscribers. Compares the numbers of what arrives, so that
 * every loss is announced: a hole when the next message comes, the last message's when the quiet channel is asked.
 */
export class Hub {
  readonly #driver: ChannelDriver
  readonly #services: Services
  readonly #ears = new Set<Ear>()
  #subscription: Promise<Subscription> | undefined
  /** The newest position that was seen or announced as lost. */
  #last: ChannelPosition | undefined
  #onMarker: (() => void)[] = []
  #onClose: ((error: Error) => void)[] = []
  #timer: Timer | undefined
  /** Aborts when the last subscriber leaves. */
  #left = new AbortController()
  #heard = false
  #asking = false
  /** The path broke since `#last`: the numbering may have been lost with the server. */
  #interrupted = false

  constructor(driver: ChannelDriver, services: Services) {
    this.#driver = driver
    this.#services = services
  }

  /** Resolves when messages published from now on reach `ear`. */
  async add(ear: Ear): Promise<void> {
    this.#ears.add(ear)
    const subscription = (this.#subscription ??= this.#driver.subscribe({
      onFrame: (frame) => this.#take(frame),
      onInterruption: () => {
        this.#interrupted = true
        this.#ask()
      },
    }))
    try {
      await subscription
      // Who left meanwhile waits for nothing.
      if (this.#last === undefined && this.#ears.has(ear)) await this.#baseline()
    } catch (error) {
      if (this.#subscription === subscription) this.#subscription = undefined
      await this.remove(ear)
      throw error
    }
  }

  async remove(ear: Ear): Promise<void> {
    if (!this.#ears.delete(ear) || this.#ears.size > 0) return
    this.#timer?.cancel()
    this.#timer = undefined
    this.#last = undefined
    this.#left.abort()
    this.#left = new AbortController()
    const subscription = this.#subscription
    this.#subscription = undefined
    await closeWhenOpen(subscription, this.#services)
  }

  async close(error: Error): Promise<void> {
    for (const fail of this.#onClose.splice(0)) fail(error)
    const ears = [...this.#ears]
    await Promise.all(ears.map((ear) => this.remove(ear)))
    for (const ear of ears) ear.onEnd(error)
    await Promise.all(ears.map((ear) => ear.close()))
  }

  /**
   * The position that was answered says from where on a loss is one. (A marker that comes may be an older one.) That a marker
   * comes at all proves that the path works.
   */
  async #baseline(): Promise<void> {
    const subscription = this.#subscription
    this.#arm()
    const proof = new Promise<void>((resolve, reject) => {
      this.#onMarker.push(resolve)
      this.#onClose.push(reject)
    })
    // Told by the await below, unless asking fails before.
    proof.catch(() => undefined)
    // However long the storage is away, until the last subscriber leaves.
    const ask = async (): Promise<ChannelPosition> => {
      if (this.#subscription !== subscription) throw new MqError('closed', 'the subscription was closed')
      return this.#driver.mark()
    }
    const timeoutMs = Number.POSITIVE_INFINITY
    const position = await repeatUntilKnown(this.#services, ask, { timeoutMs, hurry: () => this.#left.signal })
    if (this.#subscription !== subscription) return
    this.#last ??= position
    await proof
  }

  #take(frame: Frame): void {
    this.#heard = true
    const { epoch, n, bodies } = frame
    // A marker bears the newest number; the first of the messages should follow the last one seen.
    const before = bodies.length === 0 ? n : n - 1
    const last = this.#last
    if (bodies.length === 0) {
      for (const resolve of this.#onMarker.splice(0)) resolve()
      this.#onClose = []
      if (last === undefined) return
    }
    if (last !== undefined) {
      const restarted = last.epoch !== epoch || (this.#interrupted && before < last.n)
      if (restarted) this.#announce({ size: undefined, cause: 'transport' })
      else if (before > last.n) this.#announce({ size: before - last.n, cause: 'transport' })
    }
    const wasInterrupted = this.#interrupted
    this.#interrupted = false
    for (let i = 0; i < bodies.length; i++) {
      const position = { epoch, n: n + i }
      for (const ear of this.#ears) ear.onMessage(bodies[i]!, position)
    }
    // A marker that was on its way for long may be older than what came meanwhile.
    if (last?.epoch !== epoch || before >= last.n || wasInterrupted) this.#last = { epoch, n: before + bodies.length }
  }

  #announce(gap: Gap): void {
    this.#services.logger.warn({ size: gap.size }, 'channel messages were lost on the way')
    for (const ear of this.#ears) ear.onGap(gap)
  }

  #ask(): void {
    if (this.#asking) return
    this.#asking = true
    const { operationTimeoutMs: timeoutMs } = this.#services
    // A marker more does no harm. Not answered in time: asked again when the channel has been quiet for a while.
    repeatUntilKnown(this.#services, () => this.#driver.mark(), { timeoutMs, hurry: () => this.#left.signal })
      .catch((thrown: unknown) => {
        this.#services.logger.debug({ err: toError(thrown) }, 'a channel could not be asked for its position')
      })
      .finally(() => (this.#asking = false))
  }

  #arm(): void {
    this.#timer?.cancel()
    this.#heard = false
    this.#timer = this.#services.clock.schedule(() => {
      if (!this.#heard) this.#ask()
      this.#arm()
    }, QUIET_MS)
  }
}
