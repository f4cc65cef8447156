import { systemClock } from '@mq/core'
import type { Clock, Timer } from '@mq/core'
import { randomUUID } from 'node:crypto'
import type { FastifyBaseLogger } from 'fastify'
import { freshMsOf } from '../views/fresh.ts'
import type { Overview } from '../views/overview.ts'
import { eventText } from './event-text.ts'
import type { Reader } from './reader.ts'

export interface OverviewFeedOptions {
  /** Asks the storage; an overview says by itself when the storage is away. */
  readonly read: () => Promise<Overview>
  readonly log: Pick<FastifyBaseLogger, 'error'>
  readonly clock?: Clock | undefined
}

type StorageState = Overview['storage']

const EVERY_MS = 1_000

/**
 * One reading of the storage for all who watch, at most once a second, and none while nobody does. What it costs the
 * storage does not depend on the number of readers. How often it is read depends on how much there is to read, not on
 * how long that takes: a host or a network that is slow costs the storage nothing.
 */
export class OverviewFeed {
  readonly #options: OverviewFeedOptions
  readonly #clock: Clock
  readonly #boot = randomUUID().slice(0, 8)
  /** The queue that each reader asked for; undefined: all. */
  readonly #readers = new Map<Reader, string | undefined>()
  #last: { readonly id: string; readonly overview: Overview } | undefined
  #storage: StorageState | undefined
  #count = 0
  /** The rounds that go on; one that was stopped while it read does not, though another may have begun since. */
  #rounds: object | undefined
  #timer: Timer | undefined

  constructor(options: OverviewFeedOptions) {
    this.#options = options
    this.#clock = options.clock ?? systemClock
  }

  /** `seen`: the id of the last event that it has got. */
  join(reader: Reader, queue: string | undefined, seen: string | undefined): void {
    this.#readers.set(reader, queue)
    reader.once('close', () => this.#leave(reader))
    if (this.#storage !== undefined && this.#rounds) reader.show('storage', storageText(this.#storage))
    const last = this.#rounds && this.#last
    if (last !== undefined && last.id !== seen)
      reader.show('overview', overviewText(last.id, narrow(last.overview, queue)))
    if (this.#rounds) return
    this.#rounds = {}
    void this.#round(this.#rounds)
  }

  close(): void {
    this.#readers.clear()
    this.#stop()
  }

  #leave(reader: Reader): void {
    this.#readers.delete(reader)
    if (this.#readers.size === 0) this.#stop()
  }

  #stop(): void {
    this.#rounds = undefined
    this.#timer?.cancel()
    this.#timer = undefined
  }

  /** Never rejects. */
  async #round(rounds: object): Promise<void> {
    try {
      const overview = await this.#options.read()
      if (this.#rounds === rounds) this.#tell(overview)
    } catch (error) {
      this.#options.log.error({ err: error }, 'the overview could not be read')
    }
    if (this.#rounds !== rounds) return
    const isAway = this.#storage?.state === 'away'
    const pauseMs = isAway || this.#last === undefined ? 0 : freshMsOf(this.#last.overview)
    this.#timer = this.#clock.schedule(() => void this.#round(rounds), Math.max(EVERY_MS, pauseMs))
  }

  #tell(overview: Overview): void {
    const { state, sinceAt } = overview.storage
    if (this.#storage?.state !== state) {
      const storage: StorageState = { state, sinceAt: sinceAt ?? overview.at }
      this.#storage = storage
      this.#showAll('storage', () => storageText(storage))
    }
    this.#count += 1
    const id = `${this.#boot}-${this.#count}`
    this.#last = { id, overview }
    this.#showAll('overview', (queue) => overviewText(id, narrow(overview, queue)))
  }

  #showAll(kind: string, textOf: (queue: string | undefined) => Buffer): void {
    const texts = new Map<string | undefined, Buffer>()
    for (const [reader, queue] of this.#readers) {
      const text = texts.get(queue) ?? textOf(queue)
      texts.set(queue, text)
      reader.show(kind, text)
    }
  }
}

function narrow(overview: Overview, queue: string | undefined): Overview {
  if (queue === undefined) return overview
  const queues = overview.queues.filter(({ name }) => name === queue)
  const groups = overview.groups.filter(({ channel }) => channel === `${queue}:outcomes`)
  const unreadable = overview.unreadable.filter(({ what, name }) => what !== 'queue' || name === queue)
  return { ...overview, queues, groups, unreadable }
}

function overviewText(id: string, data: Overview): Buffer {
  return eventText({ event: 'overview', id, data })
}

function storageText(data: StorageState): Buffer {
  return eventText({ event: 'storage', data })
}
