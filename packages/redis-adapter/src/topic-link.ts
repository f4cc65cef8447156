import type { Environment } from '@mq/core/adapter'
import { MqError, toError } from '@mq/core/adapter'
import type { RedisClient } from './client.ts'
import { isRedirect } from './errors.ts'
import type { Link } from './link.ts'
import type { Leave } from './listen-to-all.ts'

/** How a topic is subscribed to. `pattern`: its name is a glob. `sharded`: on the node that owns its slot. */
export type TopicKind = 'plain' | 'pattern' | 'sharded'

export interface Topic {
  readonly kind: TopicKind
  readonly name: string
}

export interface TopicListener {
  /** `topic` is the topic to which the message was published. */
  onMessage(text: string, topic: string): void
  /** Messages may have been lost; from now on they arrive. */
  onInterruption(): void
}

/** A topic that has listeners. */
interface Followed extends Topic {
  readonly listeners: Set<TopicListener>
  subscribed: Promise<unknown> | undefined
}

const VERBS = {
  plain: { subscribe: 'subscribe', unsubscribe: 'unsubscribe', event: 'message' },
  pattern: { subscribe: 'psubscribe', unsubscribe: 'punsubscribe', event: 'pmessage' },
  sharded: { subscribe: 'ssubscribe', unsubscribe: 'sunsubscribe', event: 'smessage' },
} as const

/** As long as a connection takes to a node that is there. */
const FIRST_MS = 2_000

/**
 * Pub/sub subscriptions over one connection: one for each topic, however many listeners it has. After every
 * reconnection all topics are subscribed again before the link counts as up.
 */
export class TopicLink {
  readonly #environment: Environment
  readonly #topics: Readonly<Record<TopicKind, Map<string, Followed>>> = {
    plain: new Map(),
    pattern: new Map(),
    sharded: new Map(),
  }
  readonly #onMoved: () => void
  #first: Promise<void> | undefined
  #hooked: RedisClient | undefined
  #link: Link | undefined

  /** `onMoved`: the node has no longer the slot of a sharded topic. */
  constructor(environment: Environment, onMoved: () => void = () => undefined) {
    this.#environment = environment
    this.#onMoved = onMoved
  }

  get live(): boolean {
    return this.#link?.up === true
  }

  /** A connection that has just been begun is waited for; one that does not come is not, nor one that was lost. */
  opened(): Promise<void> {
    return (this.#first ??= this.#link!.whenUp(AbortSignal.timeout(FIRST_MS)).catch(() => undefined))
  }

  use(link: Link): void {
    this.#link = link
  }

  /** The link's `prepare`. */
  async resubscribe(client: RedisClient): Promise<void> {
    if (this.#hooked !== client) {
      if (this.#hooked) for (const [event, listener] of this.#events) this.#hooked.off(event, listener)
      this.#hooked = client
      for (const [event, listener] of this.#events) client.on(event, listener)
    }
    const { plain, pattern, sharded } = this.#topics
    for (const topics of [plain, pattern, sharded]) {
      for (const followed of topics.values()) followed.subscribed = Promise.resolve()
    }
    const begun = [plain, pattern, sharded].flatMap((topics) => [...topics.values()])
    await Promise.all([
      plain.size > 0 && client.subscribe(...plain.keys()),
      pattern.size > 0 && client.psubscribe(...pattern.keys()),
      // One call for each: the topics of one call must be in one slot.
      ...[...sharded.values()].map((followed) => this.#ssubscribe(client, followed)),
    ])
    // Who left one meanwhile could not unsubscribe from it: the link was not up.
    const left = begun.filter(({ kind, name }) => !this.#topics[kind].has(name))
    await Promise.all(left.map((topic) => this.#unsubscribe(client, topic)))
  }

  /** Where a slot may have left this node: asks again for each sharded topic that is still listened to here. */
  again(): void {
    for (const followed of this.#topics.sharded.values()) followed.subscribed = undefined
    this.#announce(this.#topics.sharded)
  }

  /** The link's `onUp`. A topic that was added while the others were being subscribed again is subscribed now. */
  announce(): void {
    for (const topics of Object.values(this.#topics)) this.#announce(topics)
  }

  #announce(topics: ReadonlyMap<string, Followed>): void {
    for (const followed of topics.values()) {
      this.#subscribe(followed).then(
        () => this.#each(followed, (listener) => listener.onInterruption()),
        (thrown: unknown) => {
          if (!MqError.is(thrown, 'closed')) this.#environment.onError(toError(thrown))
        },
      )
    }
  }

  /** As `Topics` has it. */
  async listen(topic: string | Topic, listener: TopicListener): Promise<Leave> {
    const full = typeof topic === 'string' ? ({ kind: 'plain', name: topic } as const) : topic
    return this.#listen(full, listener, async (followed) => void (await this.#subscribe(followed)))
  }

  /** Resolves when messages published from now on will arrive, however long the link is down. */
  async listenSurely(topic: Topic, listener: TopicListener): Promise<Leave> {
    return this.#listen(topic, listener, async (followed) => {
      while (!(await this.#subscribe(followed))) await this.#link!.whenUp()
    })
  }

  async #listen(
    { kind, name }: Topic,
    listener: TopicListener,
    subscribe: (followed: Followed) => Promise<void>,
  ): Promise<Leave> {
    const topics = this.#topics[kind]
    const followed = topics.get(name) ?? { kind, name, listeners: new Set(), subscribed: undefined }
    followed.listeners.add(listener)
    topics.set(name, followed)
    try {
      await subscribe(followed)
    } catch (thrown) {
      await this.#leave(followed, listener)
      throw thrown
    }
    return () => this.#leave(followed, listener)
  }

  /** False when it could not be done now. */
  async #subscribe(followed: Followed): Promise<boolean> {
    const link = this.#link!
    if (link.closed) throw new MqError('closed', 'the connection is closed')
    if (!link.up) return false
    const verb = VERBS[followed.kind].subscribe
    const subscribed = (followed.subscribed ??= link.run(verb.toUpperCase(), (client) =>
      followed.kind === 'sharded' ? this.#ssubscribe(client, followed) : client[verb](followed.name),
    ))
    try {
      await subscribed
      return followed.subscribed === subscribed
    } catch (thrown) {
      if (followed.subscribed === subscribed) followed.subscribed = undefined
      if (!MqError.is(thrown, 'unavailable')) throw thrown
      return false
    }
  }

  /** A node that has not the slot says so: this is the business of whoever knows the others. */
  async #ssubscribe(client: RedisClient, followed: Followed): Promise<void> {
    try {
      await client.ssubscribe(followed.name)
    } catch (thrown) {
      if (!isRedirect(thrown)) throw thrown
      followed.subscribed = undefined
      this.#onMoved()
    }
  }

  /** A node that has the slot no longer has ended the subscription itself. */
  async #unsubscribe(client: RedisClient, { kind, name }: Topic): Promise<void> {
    try {
      await client[VERBS[kind].unsubscribe](name)
    } catch (thrown) {
      if (!isRedirect(thrown)) throw thrown
    }
  }

  async #leave(followed: Followed, listener: TopicListener): Promise<void> {
    const { kind, name, listeners } = followed
    if (!listeners.delete(listener) || listeners.size > 0) return
    this.#topics[kind].delete(name)
    const link = this.#link!
    if (!link.up) return
    // Not awaited: a new listener of the topic subscribes after it, on the same connection.
    link
      .run(VERBS[kind].unsubscribe.toUpperCase(), (client) => this.#unsubscribe(client, followed))
      .catch((thrown: unknown) => {
        this.#environment.logger.debug({ topic: name, err: toError(thrown) }, 'could not unsubscribe from a topic')
      })
  }

  readonly #events: readonly (readonly [string, (...args: string[]) => void])[] = [
    [VERBS.plain.event, (topic = '', text = '') => this.#hear('plain', topic, text, topic)],
    [VERBS.pattern.event, (glob = '', topic = '', text = '') => this.#hear('pattern', glob, text, topic)],
    [VERBS.sharded.event, (topic = '', text = '') => this.#hear('sharded', topic, text, topic)],
    // Of ioredis: the server has ended a subscription, since the slot has left it.
    ['moved', () => this.#onMoved()],
  ]

  #hear(kind: TopicKind, name: string, text: string, topic: string): void {
    const followed = this.#topics[kind].get(name)
    if (followed) this.#each(followed, (listener) => listener.onMessage(text, topic))
  }

  #each({ listeners }: Followed, tell: (listener: TopicListener) => void): void {
    for (const listener of listeners) {
      try {
        tell(listener)
      } catch (thrown) {
        this.#environment.onError(toError(thrown))
      }
    }
  }
}
