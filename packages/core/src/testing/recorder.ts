import type { Clock } from '../clock.ts'
import type { Middleware } from '../handler/middleware.ts'
import type { Adapter, Storage } from '../ports/adapter.ts'
import type { ChannelDriver } from '../ports/channel-driver.ts'
import type { ChannelPosition } from '../ports/channel-position.ts'
import { MqError } from '../errors.ts'
import { numberAt, placeOfNumber } from '../partitions/places.ts'
import { partitionName } from '../ports/plain.ts'
import type { Partition } from '../ports/plain.ts'
import type { QueueAdmin, QueueStats } from '../ports/queue-admin.ts'
import type { PageState, PendingTask } from '../ports/task-listing.ts'
import type { TaskFamily } from '../ports/flows.ts'
import type { ScheduleDriver } from '../ports/schedules.ts'
import type { NewTask, QueueDriver, Receipt, Turn, TurnReply } from '../ports/queue-driver.ts'
import { decodeHeader } from '../wire/header.ts'
import { decodeBody } from '../wire/message-body.ts'
import { DEFAULT_PRIORITY } from '../queue/prepare-task.ts'
import type { EnqueueOptions } from '../define/enqueue-options.ts'

/** A task as it was stored: its payload in the form that JSON gave it. */
export interface EnqueuedTask<In = unknown> {
  readonly id: string
  readonly payload: In
  /** Options that differ from the default, including the broker's `headers`. */
  readonly options: Omit<EnqueueOptions, 'id' | 'signal'>
}

/** A message as it was published: in the form that JSON gave it. */
export interface PublishedMessage<In = unknown> {
  readonly message: In
  readonly headers: Readonly<Record<string, string>>
}

type Driver = QueueDriver & QueueAdmin

/** What passed between a broker and one queue of its storage, or one partition of a queue. */
export class QueueRecord {
  readonly queue: string
  /** Whether a worker asked for tasks. */
  hasWorker = false
  /** By the clock: when the earliest delayed task is due, as last reported to a worker. */
  nextDueAt: number | undefined
  readonly #driver: Driver
  readonly #place: number | undefined

  constructor(queue: string, driver: Driver, place: number | undefined) {
    this.queue = queue
    this.#driver = driver
    this.#place = place
  }

  /** Undefined: a queue by its name alone, which is in its partitions. */
  async stats(): Promise<QueueStats | undefined> {
    try {
      return await this.#driver.stats()
    } catch (error) {
      if (MqError.is(error, 'partitions-differ')) return undefined
      throw error
    }
  }

  /** A number as the users of the queue have it. */
  outer(n: string): string {
    return this.#place === undefined ? n : numberAt(this.#place, n)
  }

  /** How long until a delayed task is due, by the clock. */
  async dueInMs(n: string): Promise<number | undefined> {
    const own = this.#place === undefined ? n : placeOfNumber(n)!.own
    const [reading] = await this.#driver.read([{ n: own }])
    return reading?.state === 'delayed' ? reading.dueInMs : undefined
  }

  /** Some of the tasks in a state. */
  async some(state: PageState, limit: number): Promise<readonly PendingTask[]> {
    const { tasks } = await this.#driver.page({ state, limit })
    const pending = tasks.filter((task): task is PendingTask => task.outcome === undefined)
    return pending.map((task) => ({ ...task, n: this.outer(task.n) }))
  }
}

/** Sits between a broker and its storage, and records what is enqueued, claimed and settled. */
export class Recorder {
  /** Partitions each by itself. */
  readonly queues: Map<string, QueueRecord> = new Map()
  /** By queue. */
  readonly enqueued: Map<string, EnqueuedTask[]> = new Map()
  /** By channel. */
  readonly published: Map<string, PublishedMessage[]> = new Map()
  /** Counts every step of the work. */
  steps = 0
  /** How many handlers run: a task that waits for others of its batch is held, and depends on the clock alone. */
  handlers = 0
  readonly #clock: Clock

  constructor(clock: Clock) {
    this.#clock = clock
  }

  /** Counts them. */
  readonly middleware: Middleware = (next) => async (payload, context) => {
    this.handlers++
    try {
      return await next(payload, context)
    } finally {
      this.handlers--
    }
  }

  watch(adapter: Adapter): Adapter {
    return {
      ...adapter,
      open: (environment) => {
        const storage = adapter.open(environment)
        const watched: Storage = {
          ready: (signal) => storage.ready(signal),
          queue: (name, options) => this.#queue(name, storage.queue(name, options), options?.partition),
          channel: (name, options) => this.#channel(name, storage.channel(name, options)),
          pattern: (pattern) => storage.pattern(pattern),
          registry: storage.registry,
          ...(storage.plain && { plain: storage.plain }),
          ...(storage.widths && { widths: storage.widths }),
          ...(storage.channelWidths && { channelWidths: storage.channelWidths }),
          ...(storage.outcomes && { outcomes: (queue: string) => storage.outcomes!(queue) }),
          ...(storage.report && { report: () => storage.report!() }),
          close: () => storage.close(),
        }
        return watched
      },
    }
  }

  #queue(name: string, driver: Driver, partition: Partition | undefined): Driver {
    const key = partition === undefined ? name : partitionName(name, partition)
    const record =
      this.queues.get(key) ?? new QueueRecord(name, driver, partition && (partition.place ?? partition.index))
    this.queues.set(key, record)
    const schedules = driver.schedules && this.#schedules(record, driver.schedules)
    const watched: Pick<Driver, 'enqueue' | 'settleAndClaim' | 'schedules'> = {
      ...(schedules && { schedules }),
      enqueue: async (batch) => {
        const receipts = await driver.enqueue(batch)
        receipts.forEach((receipt, i) => this.#enqueued(record, batch.tasks[i]!, receipt))
        return receipts
      },
      settleAndClaim: async (turn) => {
        const reply = await driver.settleAndClaim(turn)
        this.#turned(record, turn, reply)
        return reply
      },
    }
    return new Proxy(driver, {
      get(target, key) {
        const owner = key in watched ? watched : target
        const member: unknown = Reflect.get(owner, key)
        return typeof member === 'function' ? (member.bind(owner) as unknown) : member
      },
    })
  }

  #channel(name: string, driver: ChannelDriver): ChannelDriver {
    return {
      subscribe: (listener) => driver.subscribe(listener),
      mark: () => driver.mark(),
      groups: () => driver.groups(),
      group: (group, options) => driver.group(group, options),
      ...(driver.agoOf && { agoOf: (position: ChannelPosition) => driver.agoOf!(position) }),
      obliterate: (options) => driver.obliterate(options),
      publish: async (bodies, history) => {
        const position = await driver.publish(bodies, history)
        const all = this.published.get(name) ?? []
        for (const { payload: message, headers } of bodies.map(decodeBody)) all.push({ message, headers })
        this.published.set(name, all)
        return position
      },
    }
  }

  #schedules(record: QueueRecord, driver: ScheduleDriver): ScheduleDriver {
    return {
      read: (name) => driver.read(name),
      page: (query) => driver.page(query),
      due: (limit) => driver.due(limit),
      set: (schedule) => driver.set(schedule),
      remove: (name) => driver.remove(name),
      tick: async (batch) => {
        const receipts = await driver.tick(batch)
        receipts.forEach((receipt, i) => {
          if (receipt.state === 'stale') return
          receipt.tasks.forEach((n, at) => {
            this.#enqueued(record, batch.ticks[i]!.tasks[at]!, { state: 'accepted', n })
          })
        })
        return receipts
      },
    }
  }

  #enqueued(record: QueueRecord, task: NewTask, receipt: Receipt): void {
    if (receipt.state !== 'accepted') return
    const { id: own, level, delayMs, header, payload, after: family, ...more } = task
    const { id: _, ...travelling } = decodeHeader(header)
    this.steps++
    const all = this.enqueued.get(record.queue) ?? []
    this.enqueued.set(record.queue, all)
    all.push({
      id: own ?? `n${record.outer(receipt.n)}`,
      payload: JSON.parse(payload) as unknown,
      options: {
        ...(level === DEFAULT_PRIORITY ? undefined : { priority: level }),
        ...(delayMs === 0 ? undefined : { delayMs }),
        ...(family === undefined ? undefined : familyOptions(family)),
        ...more,
        ...travelling,
      },
    })
  }

  #turned(record: QueueRecord, turn: Turn, { claimed, nextDueInMs }: TurnReply): void {
    this.steps += turn.settlements.length + claimed.length
    if (turn.want === 0) return
    // A worker of a queue with partitions asks one after the other.
    if (!record.hasWorker) {
      for (const other of this.queues.values()) if (other.queue === record.queue) other.hasWorker = true
    }
    record.nextDueAt = nextDueInMs === undefined ? undefined : this.#clock.now() + nextDueInMs
  }
}

function familyOptions({ onDead, parents }: TaskFamily): Pick<EnqueueOptions, 'after' | 'onDead'> {
  return { after: parents.map(({ queue, n, id = `n${n}` }) => ({ queue, id })), onDead }
}
