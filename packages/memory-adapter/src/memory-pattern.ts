import { patternMatcher } from '@mq/core/adapter'
import type { ChannelPosition, Frame, PatternDriver, PatternListener, Subscription } from '@mq/core/adapter'

/** One subscription to a pattern. Frames arrive in order, and after the call that caused them, as over a network. */
class PatternEar {
  readonly fits: (channel: string) => boolean
  readonly #listener: PatternListener
  readonly #onError: (error: Error) => void
  open = true

  constructor(pattern: string, listener: PatternListener, onError: (error: Error) => void) {
    this.fits = patternMatcher(pattern)
    this.#listener = listener
    this.#onError = onError
  }

  send(channel: string, frame: Frame): void {
    queueMicrotask(() => {
      if (!this.open) return
      try {
        this.#listener.onFrame(channel, frame)
      } catch (thrown) {
        this.#onError(thrown instanceof Error ? thrown : new Error(String(thrown)))
      }
    })
  }
}

/** The patterns that all participants of a storage listen to. */
export class PatternEars {
  readonly #ears = new Set<PatternEar>()

  add(ear: PatternEar): void {
    this.#ears.add(ear)
  }

  remove(ear: PatternEar): void {
    ear.open = false
    this.#ears.delete(ear)
  }

  send(channel: string, frame: Frame): void {
    for (const ear of this.#ears) if (ear.fits(channel)) ear.send(channel, frame)
  }
}

export interface MemoryPatternParts {
  readonly pattern: string
  readonly ears: PatternEars
  readonly positionOf: (channel: string) => ChannelPosition
  readonly assertOpen: () => void
  readonly onError: (error: Error) => void
}

/** One participant's access to all channels whose names match. */
export class MemoryPattern implements PatternDriver {
  readonly #parts: MemoryPatternParts
  readonly #own = new Set<PatternEar>()

  constructor(parts: MemoryPatternParts) {
    this.#parts = parts
  }

  async subscribe(listener: PatternListener): Promise<Subscription> {
    const { pattern, ears, assertOpen, onError } = this.#parts
    assertOpen()
    const ear = new PatternEar(pattern, listener, onError)
    this.#own.add(ear)
    ears.add(ear)
    return {
      get live() {
        return ear.open
      },
      close: async () => this.#end(ear),
    }
  }

  async mark(channel: string): Promise<ChannelPosition> {
    this.#parts.assertOpen()
    const position = this.#parts.positionOf(channel)
    for (const ear of this.#own) ear.send(channel, { ...position, bodies: [] })
    return position
  }

  end(): void {
    for (const ear of [...this.#own]) this.#end(ear)
  }

  #end(ear: PatternEar): void {
    this.#own.delete(ear)
    this.#parts.ears.remove(ear)
  }
}
