import type { Clock } from '../clock.ts'
import type { Middleware } from '../handler/middleware.ts'
import type { Adapter, Storage } from '../ports/adapter.ts'
import type { ChannelDriver } from '../ports/channel-driver.ts'
import type { ChannelPosition } from '../ports/channel-position.ts'
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

/** What passed between a broker and one queue of its storage. */
export class QueueRecord {
  readonly enqueued: EnqueuedTask[] = []
  /** Whether a worker asked for tasks. */
  hasWorker = false
  /** By the clock: when the earliest delayed task is due, as last reported to a worker. */
  nextDueAt: number | undefined
  readonly #driver: Driver

  constructor(driver: Driver) {
    this.#driver = driver
  }

  stats(): Promise<QueueStats> {
    return this.#driver.stats()
  }

  /** How long until a delayed task is due, by the clock. */
  async dueInMs(n: string): Promise<number | undefined> {
    const [reading] = await this.#driver.read([{ n }])
    return reading?.state === 'delayed' ? reading.dueInMs : undefined
  }

  /** Some of the tasks in a state. */
  async some(state: PageState, limit: number): Promise<readonly PendingTask[]> {
    const { tasks } = await this.#driver.page({ state, limit })
    return tasks.filter((task): task is PendingTask => task.outcome === undefined)
  }
}

/** Sits between a broker and its storage, and records what is enqueued, claimed and settled. */
export class Recorder {
  readonly queues: Map<string, QueueRecord> = new Map()
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
          queue: (name, options) => this.#queue(name, storage.queue(name, options)),
          channel: (name, options) => this.#channel(name, storage.channel(name, options)),
          pattern: (pattern) => storage.pattern(pattern),
          registry: storage.registry,
          ...(storage.plain && { plain: storage.plain }),
          ...(storage.channelWidths && { channelWidths: storage.channelWidths }),
          ...(storage.outcomes && { outcomes: (queue: string) => storage.outcomes!(queue) }),
          ...(storage.report && { report: () => storage.report!() }),
          close: () => storage.close(),
        }
        return watched
      },
    }
  }

  #queue(name: string, driver: Driver): Driver {
    const record = this.queues.get(name) ?? new QueueRecord(driver)
    this.queues.set(name, record)
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
    record.enqueued.push({
      id: own ?? `n${receipt.n}`,
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
    record.hasWorker = true
    record.nextDueAt = nextDueInMs === undefined ? undefined : this.#clock.now() + nextDueInMs
  }
}

function familyOptions({ onDead, parents }: TaskFamily): Pick<EnqueueOptions, 'after' | 'onDead'> {
  return { after: parents.map(({ queue, n, id = `n${n}` }) => ({ queue, id })), onDead }
}
