import type { Frame } from '../ports/channel-driver.ts'
import type { ChannelPosition } from '../ports/channel-position.ts'
import type { Gap } from './channel.ts'

/** A channel that is quiet for this long is asked for its position: the loss of its last message is known after 4 s. */
export const QUIET_MS = 2_000

/** Follows the numbers of one channel: a loss is a hole in them, or the end of their epoch. */
export class Sequence {
  /** The newest position that was seen or announced as lost. */
  #last: ChannelPosition | undefined
  /** The path broke since `#last`: the numbering may have been lost with the server. */
  #interrupted = false

  get begun(): boolean {
    return this.#last !== undefined
  }

  /** Says from where on a loss is one, unless something came already. */
  begin(position: ChannelPosition): void {
    this.#last ??= position
  }

  interrupt(): void {
    this.#interrupted = true
  }

  /** Answers what was lost before this frame. A marker that comes before anything else says nothing. */
  follow({ epoch, n, bodies }: Frame): Gap | undefined {
    const last = this.#last
    if (bodies.length === 0 && last === undefined) return undefined
    // A marker bears the newest number; the first of the messages should follow the last one seen.
    const before = bodies.length === 0 ? n : n - 1
    const wasInterrupted = this.#interrupted
    this.#interrupted = false
    // A marker that was on its way for long may be older than what came meanwhile.
    if (last?.epoch !== epoch || before >= last.n || wasInterrupted) this.#last = { epoch, n: before + bodies.length }
    if (last === undefined) return undefined
    const restarted = last.epoch !== epoch || (wasInterrupted && before < last.n)
    if (restarted) return { size: undefined, cause: 'transport' }
    return before > last.n ? { size: before - last.n, cause: 'transport' } : undefined
  }
}
