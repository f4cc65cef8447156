import { closeWhenOpen } from '../storage-calls/close-when-open.ts'
import { repeatUntilKnown } from '../storage-calls/repeat.ts'
import type { Services } from '../services/services.ts'
import type { Timer } from '../clock.ts'
import { patternMatcher } from '../define/define-pattern.ts'
import { toError } from '../errors.ts'
import type { Subscription } from '../ports/subscription.ts'
import type { Frame, PatternDriver } from '../ports/channel-driver.ts'
import { Ears } from './ears.ts'
import type { Ear } from './ears.ts'
import { QUIET_MS, Sequence } from './sequence.ts'

/** Markers are requested only for the channels with the newest messages: each marker costs the storage a call. */
const MOST_ASKED = 1_000
/** The numbers of further channels are not tracked: the channel that was quiet for the longest is forgotten. */
const MOST_FOLLOWED = 100_000

interface Followed {
  readonly sequence: Sequence
  heard: boolean
  asking: boolean
}

/**
 * One subscription per pattern and process, for any number of subscribers. The numbers of each channel are tracked
 * separately.
 */
export class PatternHub {
  readonly #pattern: string
  readonly #fits: (channel: string) => boolean
  readonly #driver: PatternDriver
  readonly #services: Services
  readonly #ears: Ears
  /** The channel that was quiet for the longest is first. */
  readonly #channels = new Map<string, Followed>()
  #subscription: Promise<Subscription> | undefined
  #timer: Timer | undefined
  /** Aborts when the last subscriber leaves. */
  #left = new AbortController()
  #forgot = false

  constructor(pattern: string, driver: PatternDriver, services: Services) {
    this.#pattern = pattern
    this.#fits = patternMatcher(pattern)
    this.#driver = driver
    this.#services = services
    this.#ears = new Ears(services)
  }

  /** Resolves when messages published from now on reach `ear`. */
  async add(ear: Ear): Promise<void> {
    this.#ears.add(ear)
    this.#subscription ??= this.#open()
    try {
      await this.#subscription
    } catch (error) {
      await this.remove(ear)
      throw error
    }
  }

  async remove(ear: Ear): Promise<void> {
    if (this.#ears.remove(ear) && this.#ears.size === 0) await this.#leave()
  }

  async close(error: Error): Promise<void> {
    const left = this.#ears.size === 0 ? undefined : this.#leave()
    await Promise.all([left, this.#ears.end(error)])
  }

  #open(): Promise<Subscription> {
    this.#arm()
    return this.#driver.subscribe({
      onFrame: (channel, frame) => this.#take(channel, frame),
      onMalformed: (channel, error) => {
        if (this.#fits(channel)) this.#ears.malformed(error)
      },
      onInterruption: () => {
        for (const { sequence } of this.#channels.values()) sequence.interrupt()
        for (const [channel, followed] of this.#asked()) this.#ask(channel, followed)
      },
    })
  }

  async #leave(): Promise<void> {
    this.#timer?.cancel()
    this.#timer = undefined
    this.#channels.clear()
    this.#left.abort()
    this.#left = new AbortController()
    const subscription = this.#subscription
    this.#subscription = undefined
    await closeWhenOpen(subscription, this.#services)
  }

  #take(channel: string, frame: Frame): void {
    if (!this.#fits(channel) || this.#ears.size === 0) return
    const known = this.#channels.get(channel)
    const isMarker = frame.bodies.length === 0
    if (known === undefined && isMarker) return
    const followed = known ?? { sequence: new Sequence(), heard: true, asking: false }
    followed.heard = true
    if (!isMarker) {
      this.#channels.delete(channel)
      this.#channels.set(channel, followed)
      if (this.#channels.size > MOST_FOLLOWED) this.#forget()
    }
    this.#ears.deliver(channel, frame, followed.sequence.follow(frame))
  }

  #forget(): void {
    for (const channel of this.#channels.keys()) {
      this.#channels.delete(channel)
      break
    }
    if (this.#forgot) return
    this.#forgot = true
    const { logger } = this.#services
    logger.warn(
      { pattern: this.#pattern, most: MOST_FOLLOWED },
      'more channels match than can be followed: losses in those quiet for the longest are not reported',
    )
  }

  #asked(): [string, Followed][] {
    return [...this.#channels].slice(-MOST_ASKED)
  }

  #ask(channel: string, followed: Followed): void {
    if (followed.asking) return
    followed.asking = true
    const { operationTimeoutMs: timeoutMs, logger } = this.#services
    // If it fails, the next one is requested when the channel has been quiet for a while.
    repeatUntilKnown(this.#services, () => this.#driver.mark(channel), { timeoutMs, hurry: () => this.#left.signal })
      .catch((thrown: unknown) => {
        logger.debug({ channel, err: toError(thrown) }, 'the position of a channel could not be read')
      })
      .finally(() => (followed.asking = false))
  }

  #arm(): void {
    this.#timer = this.#services.clock.schedule(() => {
      for (const [channel, followed] of this.#asked()) {
        if (!followed.heard) this.#ask(channel, followed)
        followed.heard = false
      }
      this.#arm()
    }, QUIET_MS)
  }
}
