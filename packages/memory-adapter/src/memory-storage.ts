import { MqError, partitionName, partitionsDiffer } from '@mq/core/adapter'
import type {
  ChannelDriver,
  ChannelDriverOptions,
  ChannelReader,
  Environment,
  Frame,
  Inbox,
  PatternDriver,
  PlainStorage,
  QueueAdmin,
  QueueDriver,
  QueueDriverOptions,
  Registry,
  Storage,
  StorageReport,
  Widths,
} from '@mq/core/adapter'
import { ChannelState } from './channel-state.ts'
import { getOrMake } from './get-or-make.ts'
import { HintPost } from './hint-post.ts'
import { MemoryChannel } from './memory-channel.ts'
import { MemoryPattern, PatternEars } from './memory-pattern.ts'
import { createMemoryPlain, PlainState } from './memory-plain.ts'
import { MemoryQueue } from './memory-queue.ts'
import { createMemoryRegistry, RegistryState } from './memory-registry.ts'
import { createMemoryWidths, WidthState } from './memory-widths.ts'
import { QueueState } from './queue-state.ts'
import { reportMemory } from './report-memory.ts'
import { StorageClock } from './storage-clock.ts'

/** What all participants of one adapter share. */
export class SharedStorage {
  readonly #queues = new Map<string, QueueState>()
  readonly #channels = new Map<string, ChannelState>()
  readonly patterns: PatternEars = new PatternEars()
  readonly plain: PlainState = new PlainState()
  #clock: StorageClock | undefined
  #registry: RegistryState | undefined
  #widths: WidthState | undefined
  #channelWidths: WidthState | undefined

  /** The first participant's clock is the storage's. */
  join({ clock }: Environment): void {
    this.#clock ??= new StorageClock(clock)
  }

  get registry(): RegistryState {
    return (this.#registry ??= new RegistryState(this.#clock!))
  }

  get widths(): WidthState {
    return (this.#widths ??= new WidthState(this.#clock!))
  }

  get channelWidths(): WidthState {
    return (this.#channelWidths ??= new WidthState(this.#clock!))
  }

  /** Something is known of it. */
  isThere(queue: string): boolean {
    return this.#queues.get(queue)?.isUsed === true
  }

  isChannelThere(channel: string): boolean {
    return this.#channels.get(channel)?.isUsed === true
  }

  get counts(): { readonly queues: number; readonly channels: number } {
    return { queues: this.#queues.size, channels: this.#channels.size }
  }

  queue(name: string): QueueState {
    return getOrMake(this.#queues, name, () => new QueueState(this.#clock!))
  }

  channel(name: string): ChannelState {
    const sendToPatterns = (frame: Frame): void => this.patterns.send(name, frame)
    return getOrMake(this.#channels, name, () => new ChannelState(this.#clock!, sendToPatterns))
  }
}

/** One participant: what a process is to a server. */
export class MemoryStorage implements Storage {
  readonly registry: Registry
  readonly widths: Widths
  readonly channelWidths: Widths
  readonly plain: PlainStorage
  readonly #shared: SharedStorage
  readonly #onError: (error: Error) => void
  readonly #orders: HintPost
  readonly #queues = new Map<string, MemoryQueue>()
  readonly #channels = new Map<string, MemoryChannel>()
  readonly #outcomes = new Map<string, MemoryChannel>()
  readonly #patterns = new Map<string, MemoryPattern>()
  #closed = false

  constructor(shared: SharedStorage, environment: Environment) {
    this.#shared = shared
    this.#onError = environment.onError
    this.#orders = new HintPost(environment.onError)
    shared.join(environment)
    this.plain = createMemoryPlain(shared.plain, () => this.#assertOpen(), this.#onError)
    const isThere = (queue: string): boolean => shared.isThere(queue)
    this.widths = createMemoryWidths(shared.widths, isThere, () => this.#assertOpen())
    const isChannelThere = (channel: string): boolean => shared.isChannelThere(channel)
    this.channelWidths = createMemoryWidths(shared.channelWidths, isChannelThere, () => this.#assertOpen())
    this.registry = createMemoryRegistry(shared.registry, () => this.#assertOpen(), this.#orders)
  }

  async ready(signal?: AbortSignal | undefined): Promise<void> {
    signal?.throwIfAborted()
    this.#assertOpen()
  }

  queue(name: string, { inbox, partition }: QueueDriverOptions = {}): QueueDriver & QueueAdmin {
    if (partition !== undefined) return this.#queue(partitionName(name, partition), undefined, () => this.#assertOpen())
    return this.#queue(name, inbox, () => {
      this.#assertOpen()
      const layout = this.#shared.widths.of(name)
      if (layout !== undefined) throw partitionsDiffer(name, layout.generations[0].of, 1)
    })
  }

  #queue(name: string, inbox: Inbox | undefined, assertOpen: () => void): MemoryQueue {
    const { plain } = this.#shared
    return getOrMake(this.#queues, inbox === undefined ? name : `${name} ${JSON.stringify(inbox)}`, () => {
      const state = this.#shared.queue(name)
      if (inbox !== undefined) plain.follow(inbox.key, state, () => state.idle.wakeOne())
      return new MemoryQueue(state, assertOpen, this.#onError, { plain, inbox })
    })
  }

  channel(name: string, { sharded = false, partition }: ChannelDriverOptions = {}): ChannelDriver {
    if (partition !== undefined) {
      return this.#channel(partitionName(name, partition), sharded, () => this.#assertOpen())
    }
    return this.#channel(name, sharded, () => {
      this.#assertOpen()
      const layout = this.#shared.channelWidths.of(name)
      if (layout !== undefined) throw partitionsDiffer(name, layout.generations[0].of, 1, 'channel')
    })
  }

  #channel(name: string, sharded: boolean, assertOpen: () => void): MemoryChannel {
    return getOrMake(
      this.#channels,
      `${name} ${sharded}`,
      () => new MemoryChannel(this.#shared.channel(name), sharded, assertOpen, this.#onError),
    )
  }

  outcomes(queue: string): ChannelReader {
    const { ends } = this.#shared.queue(queue)
    return getOrMake(
      this.#outcomes,
      queue,
      () => new MemoryChannel(ends, false, () => this.#assertOpen(), this.#onError),
    )
  }

  pattern(pattern: string): PatternDriver {
    const parts = {
      pattern,
      ears: this.#shared.patterns,
      positionOf: (channel: string) => this.#shared.channel(channel).position,
      assertOpen: () => this.#assertOpen(),
      onError: this.#onError,
    }
    return getOrMake(this.#patterns, pattern, () => new MemoryPattern(parts))
  }

  async report(): Promise<StorageReport> {
    this.#assertOpen()
    return reportMemory(this.#shared.counts)
  }

  async close(): Promise<void> {
    this.#closed = true
    this.#orders.close()
    for (const queue of this.#queues.values()) queue.end()
    for (const channel of [...this.#channels.values(), ...this.#outcomes.values()]) channel.end()
    for (const pattern of this.#patterns.values()) pattern.end()
  }

  #assertOpen(): void {
    if (this.#closed) throw new MqError('closed', 'this storage is closed')
  }
}
