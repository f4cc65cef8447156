import { MqError } from '@mq/core'
import type { Broker, Clock, GroupStats, MessageSource, QueueStats, WorkerEntry } from '@mq/core'

export interface StoredQueue {
  readonly name: string
  readonly stats: QueueStats
}

export interface StoredGroup {
  readonly channel: string
  readonly group: string
  readonly stats: GroupStats
}

/** What the storage said, or that it did not answer in time. */
export type Reading =
  | {
      readonly isUp: true
      readonly queues: readonly StoredQueue[]
      /** How many there are besides; at least that many. */
      readonly leftOut: number
      readonly groups: readonly StoredGroup[]
      readonly workers: readonly WorkerEntry[]
    }
  | { readonly isUp: false }

export interface ReaderOptions {
  readonly maxQueues: number
  readonly shareMs: number
  readonly timeoutMs: number
  readonly clock: Clock
}

const MOST_NAMES = 1_000
const AWAY: Reading = { isUp: false }

/** Reads what is stored, once for all who ask at the same time or soon after. */
export class StorageReader {
  readonly #broker: Broker
  readonly #options: ReaderOptions
  #shared: { readonly untilMs: number; readonly reading: Promise<Reading> } | undefined
  #asking: Promise<Reading> | undefined

  constructor(broker: Broker, options: ReaderOptions) {
    this.#broker = broker
    this.#options = options
  }

  read(): Promise<Reading> {
    const { clock, shareMs } = this.#options
    const now = clock.now()
    if (this.#shared === undefined || now >= this.#shared.untilMs) {
      this.#shared = { untilMs: now + shareMs, reading: this.#inTime() }
    }
    return this.#shared.reading
  }

  #inTime(): Promise<Reading> {
    const { clock, timeoutMs } = this.#options
    // A storage that stands still is not asked again before it has answered.
    this.#asking ??= this.#ask().finally(() => (this.#asking = undefined))
    const asked = this.#asking
    return new Promise((resolve) => {
      const timer = clock.schedule(() => resolve(AWAY), timeoutMs)
      void asked.then((reading) => {
        timer.cancel()
        resolve(reading)
      })
    })
  }

  async #channels(): Promise<readonly MessageSource[]> {
    const { maxQueues } = this.#options
    if (!this.#broker.capabilities.groups) return []
    return (await this.#broker.channels({ limit: maxQueues })).map((name) => this.#broker.channel(name))
  }

  /** Those of channels, and of the outcomes of queues: at most `maxQueues`. */
  async #groups(sources: readonly MessageSource[]): Promise<readonly StoredGroup[]> {
    const names = await Promise.all(sources.map((source) => read(source.groups())))
    const all = sources
      .flatMap((source, i) => (names[i] ?? []).map((group) => ({ source, group })))
      .slice(0, this.#options.maxQueues)
    const stats = await Promise.all(all.map(({ source, group }) => read(source.group(group).stats())))
    return all.flatMap(({ source, group }, i) =>
      stats[i] === undefined ? [] : { channel: source.name, group, stats: stats[i] },
    )
  }

  async #ask(): Promise<Reading> {
    const { maxQueues } = this.#options
    try {
      const [names, workers, channels] = await Promise.all([
        this.#broker.queues({ limit: MOST_NAMES }),
        this.#broker.workers(),
        this.#channels(),
      ])
      const shown = names.slice(0, maxQueues)
      const stats = await Promise.all(shown.map((name) => read(this.#broker.queue(name).stats())))
      const queues = shown.flatMap((name, i) => (stats[i] === undefined ? [] : { name, stats: stats[i] }))
      const outcomes = queues.flatMap(({ name, stats }) => (stats.outcomes ? [this.#broker.queue(name).outcomes] : []))
      const groups = await this.#groups([...channels, ...outcomes])
      return { isUp: true, queues, leftOut: names.length - queues.length, groups, workers }
    } catch {
      return AWAY // which is shown as `mq_storage_up` 0; an outage is also reported by the broker
    }
  }
}

/**
 * Undefined where one queue, channel or group cannot be read: it was removed meanwhile, another version wrote it, or
 * another program wrote a key of it.
 */
async function read<Stats>(asked: Promise<Stats>): Promise<Stats | undefined> {
  try {
    return await asked
  } catch (error) {
    if (MqError.is(error, 'unknown-group') || MqError.is(error, 'layout-mismatch')) return undefined
    if (MqError.is(error, 'storage-refused') && error.details['passing'] !== true) return undefined
    throw error
  }
}
