import { orAbort } from '@mq/app-kit'
import { feed } from '@mq/contracts'
import { MqError } from '@mq/core'
import type { Broker, ConsumerGroup, Gap, Message, Queue } from '@mq/core'
import type { Sighting } from '@mq/contracts'
import type { FastifyBaseLogger } from 'fastify'
import type { Audience } from './audience.ts'
import type { LiveEvent } from './event-text.ts'

const REMEMBERED = 100
const STATUS_EVERY_MS = 1_000

export interface LiveFeedOptions {
  readonly broker: Broker
  readonly queues: ReadonlyMap<string, Queue>
  readonly group: ConsumerGroup
  readonly audience: Audience
  readonly logger: FastifyBaseLogger
}

/**
 * Passes the reports of workers on the channel `feed`, whichever process they are in, to this process's audience, and
 * keeps the last ones for a page that is loaded later. While there is an audience, it also reports the state of the
 * queues and the group.
 */
export class LiveFeed {
  readonly #options: LiveFeedOptions
  readonly #past: LiveEvent[] = []
  readonly #closing = new AbortController()
  #following: Promise<unknown> | undefined
  #statusTimer: NodeJS.Timeout | undefined

  constructor(options: LiveFeedOptions) {
    this.#options = options
  }

  /** Returns at once, since the storage may be unavailable for long. */
  open(): void {
    const { broker, logger } = this.#options
    const { signal } = this.#closing
    const subscribing = broker.channel(feed).subscribe((message) => this.#show(message), {
      onGap: (gap) => this.#showGap(gap),
      signal,
    })
    this.#following = orAbort(signal, subscribing).catch((error: unknown) => {
      if (!signal.aborted) logger.error({ err: error }, 'the live feed has stopped: pages get no more events')
    })
    this.#showStatusLater()
  }

  /** The events after that one, or all that are kept. */
  since(lastEventId: string | string[] | undefined): readonly LiveEvent[] {
    const seen = lastEventId === undefined ? -1 : this.#past.findIndex(({ id }) => id === lastEventId)
    return this.#past.slice(seen + 1)
  }

  async close(): Promise<void> {
    this.#closing.abort()
    clearTimeout(this.#statusTimer)
    await this.#following
  }

  #show({ epoch, n, payload }: Message<Sighting>): void {
    this.#remember({ event: 'sighting', id: `${epoch}-${n}`, data: payload })
  }

  #showGap({ size }: Gap): void {
    this.#remember({ event: 'gap', data: { size } })
  }

  #remember(event: LiveEvent): void {
    this.#past.push(event)
    if (this.#past.length > REMEMBERED) this.#past.shift()
    this.#options.audience.tell(event)
  }

  #showStatusLater(): void {
    if (this.#closing.signal.aborted) return
    this.#statusTimer = setTimeout(
      () => void this.#showStatus().finally(() => this.#showStatusLater()),
      STATUS_EVERY_MS,
    )
  }

  async #showStatus(): Promise<void> {
    const { audience, queues, group } = this.#options
    if (audience.size === 0) return
    const stats = [...queues].map(async ([name, queue]) => [name, await queue.stats()])
    const data = await Promise.all([lagOf(group), ...stats]).then(
      ([lag, ...entries]) => ({ storage: 'up', queues: Object.fromEntries(entries), group: { name: group.name, lag } }),
      () => ({ storage: 'away' }),
    )
    audience.tell({ event: 'status', data })
  }
}

/** Null until the group has had its first member. */
async function lagOf(group: ConsumerGroup): Promise<number | null> {
  try {
    return await group.lag()
  } catch (error) {
    if (MqError.is(error, 'unknown-group')) return null
    throw error
  }
}
