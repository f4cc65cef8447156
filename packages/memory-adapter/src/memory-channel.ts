import { randomUUID } from 'node:crypto'
import { MqError } from '@mq/core'
import type { ChannelDriver, ChannelPosition, Frame, FrameListener, GroupDriver, Subscription } from '@mq/core'

/** What the participants of one channel share: its numbering, and who listens. */
export class ChannelState {
  readonly subscriptions: Set<ChannelListener> = new Set()
  readonly shardedSubscriptions: Set<ChannelListener> = new Set()
  readonly #epoch = randomUUID()
  readonly #sendToPatterns: (frame: Frame) => void
  #newest = 0

  constructor(sendToPatterns: (frame: Frame) => void) {
    this.#sendToPatterns = sendToPatterns
  }

  get position(): ChannelPosition {
    return { epoch: this.#epoch, n: this.#newest }
  }

  publish(bodies: readonly string[], sharded: boolean): ChannelPosition {
    const frame: Frame = { epoch: this.#epoch, n: this.#newest + 1, bodies }
    this.#newest += bodies.length
    if (bodies.length === 0) return this.position
    for (const subscription of sharded ? this.shardedSubscriptions : this.subscriptions) subscription.send(frame)
    if (!sharded) this.#sendToPatterns(frame)
    return this.position
  }
}

/** One subscription. Frames arrive in order, and after the call that caused them, as over a network. */
class ChannelListener {
  readonly #listener: FrameListener
  readonly #onError: (error: Error) => void
  open = true

  constructor(listener: FrameListener, onError: (error: Error) => void) {
    this.#listener = listener
    this.#onError = onError
  }

  send(frame: Frame): void {
    queueMicrotask(() => this.#deliver(frame))
  }

  #deliver(frame: Frame): void {
    if (!this.open) return
    try {
      this.#listener.onFrame(frame)
    } catch (thrown) {
      this.#onError(thrown instanceof Error ? thrown : new Error(String(thrown)))
    }
  }
}

/** One participant's access to a channel. Nothing is kept: who does not listen when a message is published misses it. */
export class MemoryChannel implements ChannelDriver {
  readonly #state: ChannelState
  readonly #assertOpen: () => void
  readonly #onError: (error: Error) => void
  readonly #sharded: boolean
  readonly #own = new Set<ChannelListener>()

  constructor(state: ChannelState, sharded: boolean, assertOpen: () => void, onError: (error: Error) => void) {
    this.#state = state
    this.#sharded = sharded
    this.#assertOpen = assertOpen
    this.#onError = onError
  }

  async publish(bodies: readonly string[]): Promise<ChannelPosition> {
    this.#assertOpen()
    return this.#state.publish([...bodies], this.#sharded)
  }

  async subscribe(listener: FrameListener): Promise<Subscription> {
    this.#assertOpen()
    const subscription = new ChannelListener(listener, this.#onError)
    this.#own.add(subscription)
    this.#all.add(subscription)
    return {
      get live() {
        return subscription.open
      },
      close: async () => this.#end(subscription),
    }
  }

  async mark(): Promise<ChannelPosition> {
    this.#assertOpen()
    const marker: Frame = { ...this.#state.position, bodies: [] }
    for (const subscription of this.#own) subscription.send(marker)
    return this.#state.position
  }

  group(): GroupDriver {
    this.#assertOpen()
    throw new MqError('unsupported', 'the memory adapter keeps no messages, so it has no consumer groups')
  }

  end(): void {
    for (const subscription of [...this.#own]) this.#end(subscription)
  }

  #end(subscription: ChannelListener): void {
    subscription.open = false
    this.#own.delete(subscription)
    this.#all.delete(subscription)
  }

  get #all(): Set<ChannelListener> {
    return this.#sharded ? this.#state.shardedSubscriptions : this.#state.subscriptions
  }
}
