import type { Environment, Subscription } from '@mq/core/adapter'
import { MqError, toError } from '@mq/core/adapter'
import type { Leave } from './listen-to-all.ts'
import { TopicLink } from './topic-link.ts'
import type { Topic, TopicListener } from './topic-link.ts'

/** A listener of a sharded topic, and where it listens now. */
interface Sharded {
  readonly name: string
  readonly listener: TopicListener
  readonly onlyInCluster: boolean
  at: TopicLink | undefined
  leave: Leave | undefined
  left: boolean
}

/**
 * All pub/sub subscriptions of this process. Plain topics and patterns are on one connection, which in a cluster may
 * lead to any node. So are sharded ones at a server alone. In a cluster each is on a connection to the master that has
 * its slot, and follows it. Which of both it is, is known when the storage has answered for the first time.
 */
export class Topics {
  readonly main: TopicLink
  readonly #environment: Environment
  readonly #sharded = new Set<Sharded>()
  #homeOf: ((name: string) => TopicLink | undefined) | undefined
  #inCluster = false

  constructor(environment: Environment) {
    this.#environment = environment
    this.main = new TopicLink(environment)
  }

  /** It is a server alone. */
  stay(): void {
    if (this.#homeOf === undefined) this.#settle(() => this.main)
  }

  /** It is a cluster; called again whenever a slot may have moved. `homeOf`: undefined while nobody has the slot. */
  follow(homeOf: (name: string) => TopicLink | undefined): void {
    this.#inCluster = true
    this.#settle(homeOf)
  }

  /**
   * A string is a plain topic. Resolves when messages published from now on will arrive, or at once while the link is
   * down: it will subscribe when it is up.
   */
  async listen(topic: string | Topic, listener: TopicListener): Promise<Leave> {
    if (typeof topic === 'string' || topic.kind !== 'sharded') return this.main.listen(topic, listener)
    return this.#listenSharded(topic.name, listener, false)
  }

  /** A sharded topic that is used in a cluster only: a server alone is never told of it. */
  async listenInCluster(name: string, listener: TopicListener): Promise<Leave> {
    return this.#listenSharded(name, listener, true)
  }

  /** Resolves when messages published from now on will arrive, however long the link is down. */
  async listenSurely(topic: Topic, listener: TopicListener): Promise<Leave> {
    return this.main.listenSurely(topic, listener)
  }

  /** What is left by `leave`, as a subscription. `sharded`: one of its topics, in whose slot its others are. */
  subscription(leave: Leave, sharded?: string): Subscription {
    const isLive = (): boolean => this.main.live && (sharded === undefined || this.#hears(sharded))
    let closed = false
    return {
      get live() {
        return !closed && isLive()
      },
      async close() {
        closed = true
        await leave()
      },
    }
  }

  #hears(name: string): boolean {
    return !this.#inCluster || this.#homeOf?.(name)?.live === true
  }

  async #listenSharded(name: string, listener: TopicListener, onlyInCluster: boolean): Promise<Leave> {
    const entry: Sharded = { name, listener, onlyInCluster, at: undefined, leave: undefined, left: false }
    this.#sharded.add(entry)
    const leave = async (): Promise<void> => {
      entry.left = true
      this.#sharded.delete(entry)
      await entry.leave?.()
    }
    try {
      await this.#settleOne(entry)
    } catch (thrown) {
      await leave()
      throw thrown
    }
    return leave
  }

  #settle(homeOf: (name: string) => TopicLink | undefined): void {
    this.#homeOf = homeOf
    for (const entry of this.#sharded) {
      this.#settleOne(entry).then(
        (isElsewhere) => {
          if (isElsewhere) this.#interrupted(entry)
        },
        (thrown: unknown) => {
          // Whoever closes the broker knows.
          if (!MqError.is(thrown, 'closed')) this.#environment.onError(toError(thrown))
        },
      )
    }
  }

  /** Whether it listens somewhere else from now on. */
  async #settleOne(entry: Sharded): Promise<boolean> {
    if (entry.onlyInCluster && !this.#inCluster) return false
    const home = this.#homeOf?.(entry.name)
    if (home === entry.at) return false
    const { leave } = entry
    entry.at = home
    entry.leave = undefined
    leave?.().catch((thrown: unknown) =>
      this.#environment.logger.debug({ err: toError(thrown) }, 'a topic was not left'),
    )
    if (home === undefined) return false
    // Opened for the first topic of its node, it may not be up yet, and what is published meanwhile would be missed.
    if (home !== this.main) await home.opened()
    let left: Leave
    try {
      left = await home.listen({ kind: 'sharded', name: entry.name }, entry.listener)
    } catch (thrown) {
      // The node has no slot any more, and its connections were closed meanwhile: it listens elsewhere by now.
      if (MqError.is(thrown, 'closed') && this.#homeOf?.(entry.name) !== home) return false
      throw thrown
    }
    if (entry.left || entry.at !== home) await left()
    else entry.leave = left
    return true
  }

  #interrupted({ listener, left }: Sharded): void {
    if (left) return
    try {
      listener.onInterruption()
    } catch (thrown) {
      this.#environment.onError(toError(thrown))
    }
  }
}
