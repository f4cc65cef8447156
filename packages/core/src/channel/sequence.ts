import type { Frame } from '../ports/channel-driver.ts'
import type { ChannelPosition } from '../ports/channel-position.ts'
import type { Gap } from './channel.ts'

/**
 * For a channel that is quiet for this long a marker is requested, so that the loss of its last message is noticed
 * after 4 s.
 */
export const QUIET_MS = 2_000

/** Tracks the numbers of one channel: a loss is a missing number, or the end of the epoch. */
export class Sequence {
  /** The newest position that arrived or was announced as lost. */
  #last: ChannelPosition | undefined
  /** The connection broke since `#last`: the numbering may have been lost with the server. */
  #interrupted = false

  get begun(): boolean {
    return this.#last !== undefined
  }

  /** Sets the position from which losses count, unless a message arrived already. */
  begin(position: ChannelPosition): void {
    this.#last ??= position
  }

  interrupt(): void {
    this.#interrupted = true
  }

  /** Returns what was lost before this frame. A marker that arrives before anything else is ignored. */
  follow({ epoch, n, bodies }: Frame): Gap | undefined {
    const last = this.#last
    if (bodies.length === 0 && last === undefined) return undefined
    // A marker has the newest number; the first message of a frame should follow the last one that arrived.
    const before = bodies.length === 0 ? n : n - 1
    const wasInterrupted = this.#interrupted
    this.#interrupted = false
    // A marker that was delayed may be older than messages that arrived meanwhile.
    if (last?.epoch !== epoch || before >= last.n || wasInterrupted) this.#last = { epoch, n: before + bodies.length }
    if (last === undefined) return undefined
    const restarted = last.epoch !== epoch || (wasInterrupted && before < last.n)
    if (restarted) return { size: undefined, cause: 'transport' }
    return before > last.n ? { size: before - last.n, cause: 'transport' } : undefined
  }
}
