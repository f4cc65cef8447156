import type {
  ChannelDriver,
  ChannelPosition,
  Frame,
  FrameListener,
  GroupDriver,
  GroupOptions,
  HistoryLimits,
  Subscription,
} from '@mq/core/adapter'
import { checkMessages } from '@mq/core/adapter'
import type { ChannelState, FrameTaker } from './channel-state.ts'
import { HintPost } from './hint-post.ts'
import { MemoryGroup } from './memory-group.ts'

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

/** One participant's access to a channel. */
export class MemoryChannel implements ChannelDriver {
  readonly #state: ChannelState
  readonly #assertOpen: () => void
  readonly #onError: (error: Error) => void
  readonly #sharded: boolean
  readonly #own = new Set<ChannelListener>()
  readonly #listening = new Set<MemoryGroup>()
  readonly #posts = new Map<string, HintPost>()

  constructor(state: ChannelState, sharded: boolean, assertOpen: () => void, onError: (error: Error) => void) {
    this.#state = state
    this.#sharded = sharded
    this.#assertOpen = assertOpen
    this.#onError = onError
  }

  async publish(bodies: readonly string[], history?: HistoryLimits): Promise<ChannelPosition> {
    this.#assertOpen()
    checkMessages(bodies)
    return this.#state.publish([...bodies], this.#sharded, history)
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

  async obliterate({ force }: { readonly force: boolean }): Promise<'messages' | 'members' | undefined> {
    this.#assertOpen()
    const inUse = force ? undefined : this.#state.inUse
    if (inUse === undefined) this.#state.obliterate()
    return inUse
  }

  async groups(): Promise<readonly string[]> {
    this.#assertOpen()
    return this.#state.groupNames
  }

  async agoOf(position: ChannelPosition): Promise<number | undefined> {
    this.#assertOpen()
    return this.#state.agoOf(position)
  }

  group(name: string, { from }: GroupOptions): GroupDriver {
    // Hints are for the participant, whichever handle of the group it listens with.
    let post = this.#posts.get(name)
    if (post === undefined) this.#posts.set(name, (post = new HintPost(this.#onError)))
    const participant = { assertOpen: this.#assertOpen, post, listening: this.#listening }
    return new MemoryGroup(this.#state, name, from, participant)
  }

  end(): void {
    for (const subscription of [...this.#own]) this.#end(subscription)
    for (const group of this.#listening) group.end()
    this.#listening.clear()
  }

  #end(subscription: ChannelListener): void {
    subscription.open = false
    this.#own.delete(subscription)
    this.#all.delete(subscription)
  }

  get #all(): Set<FrameTaker> {
    return this.#sharded ? this.#state.shardedSubscriptions : this.#state.subscriptions
  }
}
