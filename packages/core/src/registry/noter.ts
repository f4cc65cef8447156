import type { WorkerFacts } from '../engine/worker-parts.ts'
import { MqError, toError } from '../errors.ts'
import type { Timer } from '../clock.ts'
import { MAX_BATCH } from '../ports/limits.ts'
import type { KeptOrder, RegisteredKind, RegisteredName, Registry, RegistryNews } from '../ports/registry.ts'
import type { Services } from '../services/services.ts'
import { lastCall } from '../storage-calls/last-call.ts'
import { repeatUntilKnown } from '../storage-calls/repeat.ts'
import { tryReading } from '../values/try-reading.ts'
import { ownProcess } from './own-process.ts'
import { describeWorker } from './worker-entry.ts'
import { readOrder } from './worker-order.ts'
import type { WorkerOrder } from './worker-order.ts'

/** How often workers are reported, ms. */
const REPORT_MS = 10_000
/** The time after which a name in use is noted again, ms: it may be lost, or its queue was obliterated elsewhere. */
const AGAIN_MS = 600_000
/** The pause after a failure, ms. */
const RETRY_MS = REPORT_MS

/** The part of a worker that is listed, and that carries orders out. */
export interface NotableWorker {
  facts(): WorkerFacts
  quiet(): Promise<void>
  resume(): void
  /** By an order; it closes, and leaves. */
  stop(by: string | undefined): void
  tick(): void
}

interface Noted {
  /** Notes the name of what the worker works on. */
  readonly use: () => void
  /** The number of the last order that it has carried out. */
  obeyed: number
}

/**
 * Notes for operators which queues and channels are used here, and by which workers: one call every 10 s for all
 * workers of the broker, one for a name that is used for the first time, and one every 10 minutes for names in use. A
 * call that fails affects no other: it is counted, and reported once.
 */
export class Noter {
  readonly #registry: Registry
  readonly #services: Services
  /** The adapter reports by itself that the storage cannot be reached, or refuses this broker. */
  readonly #isAway: () => boolean
  readonly #process = ownProcess()
  /** Of each name that was used: when its next use is noted, by the clock. */
  readonly #dueAt = { queue: new Map<string, number>(), channel: new Map<string, number>() }
  readonly #workers = new Map<NotableWorker, Noted>()
  readonly #used = new Map<string, RegisteredName>()
  readonly #obliterated = new Map<string, RegisteredName>()
  readonly #arrived = new Set<NotableWorker>()
  readonly #left = new Set<string>()
  #timer: Timer | undefined
  #ear: Promise<unknown> | undefined
  #flushing: Promise<void> | undefined
  #failures = 0
  #closed = false

  constructor(registry: Registry, services: Services, isAway: () => boolean) {
    this.#registry = registry
    this.#services = services
    this.#isAway = isAway
  }

  /** Called at each use: a look and a comparison, unless it is time to note the name. */
  use(kind: RegisteredKind, name: string): void {
    const now = this.#services.clock.now()
    const dueAt = this.#dueAt[kind].get(name)
    if ((dueAt !== undefined && now < dueAt) || this.#closed) return
    this.#dueAt[kind].set(name, now + AGAIN_MS)
    this.#used.set(keyOf(kind, name), { kind, name })
    void this.flush()
  }

  /** The queue or channel was obliterated. */
  obliterated(kind: RegisteredKind, name: string): Promise<void> {
    this.#dueAt[kind].delete(name)
    this.#used.delete(keyOf(kind, name))
    this.#obliterated.set(keyOf(kind, name), { kind, name })
    return this.flush()
  }

  /** Called when a worker begins; the function that it returns is called at its end. */
  join(worker: NotableWorker, kind: RegisteredKind, name: string): () => void {
    const use = (): void => this.use(kind, name)
    this.#workers.set(worker, { use, obeyed: 0 })
    use()
    this.#arrived.add(worker)
    worker.tick()
    void this.flush()
    this.#listen()
    this.#timer ??= this.#services.clock.schedule(() => this.#report(), REPORT_MS)
    return () => this.#leave(worker)
  }

  /** Resolves when everything that is known now was noted, or could not be noted. Never rejects. */
  flush(): Promise<void> {
    this.#flushing ??= Promise.resolve().then(() => this.#send())
    return this.#flushing
  }

  async close(endAt: number): Promise<void> {
    this.#closed = true
    this.#timer?.cancel()
    if (this.#flushing === undefined) return
    await lastCall(() => this.flush(), {
      endAt,
      services: this.#services,
      onFailure: 'the end of workers could not be noted: they are listed for up to a minute',
    })
  }

  #report(): void {
    this.#timer = this.#services.clock.schedule(() => this.#report(), REPORT_MS)
    this.#listen()
    for (const worker of this.#workers.keys()) worker.tick()
    this.#noteAll()
  }

  #noteAll(): void {
    for (const [worker, { use }] of this.#workers) {
      this.#arrived.add(worker)
      use()
    }
    void this.flush()
  }

  /** Orders are hinted at: then the workers report at once, and are answered with them. */
  #listen(): void {
    if (this.#ear !== undefined || this.#registry.listen === undefined) return
    const onOrder = (): void => {
      if (!this.#closed) this.#noteAll()
    }
    this.#ear = this.#registry.listen(onOrder).catch((thrown: unknown) => {
      this.#ear = undefined
      this.#services.logger.debug({ err: toError(thrown) }, 'orders for workers are found with their next report')
    })
  }

  /**
   * The newest order of a worker comes with every report; it counts once. What it changes is reported, as nobody who
   * gave it knows otherwise.
   */
  #obey(orders: readonly KeptOrder[]): void {
    if (orders.length === 0) return
    const newest = new Map(orders.map((order) => [order.id, order]))
    for (const [worker, noted] of this.#workers) {
      const order = newest.get(worker.facts().id)
      if (order === undefined || order.n <= noted.obeyed) continue
      noted.obeyed = order.n
      this.#carryOut(worker, readOrder(order.what))
      this.#arrived.add(worker)
    }
  }

  #carryOut(worker: NotableWorker, order: WorkerOrder | undefined): void {
    if (order?.what === 'quiet') void worker.quiet().catch(this.#services.onError)
    else if (order?.what === 'resume') resumed(worker)
    else if (order?.what === 'stop') worker.stop(order.by)
  }

  #leave(worker: NotableWorker): void {
    this.#workers.delete(worker)
    this.#arrived.delete(worker)
    this.#left.add(worker.facts().id)
    if (this.#workers.size === 0) {
      this.#timer?.cancel()
      this.#timer = undefined
    }
    void this.flush()
  }

  /** One call after the other, so that a worker that left is not listed again by a report that was sent before. */
  async #send(): Promise<void> {
    while (this.#obliterated.size + this.#used.size + this.#arrived.size + this.#left.size > 0) {
      const used = taken(this.#used)
      const obliterated = taken(this.#obliterated)
      const working = taken(this.#arrived).map((worker) => describeWorker(worker.facts(), this.#process))
      await this.#note({ used, obliterated, working, left: taken(this.#left) }, used)
    }
    this.#flushing = undefined
  }

  async #note(news: RegistryNews, used: readonly RegisteredName[]): Promise<void> {
    try {
      const timeoutMs = this.#services.operationTimeoutMs
      this.#obey(await repeatUntilKnown(this.#services, () => this.#registry.note(news), { timeoutMs }))
      if (this.#failures > 0) {
        this.#services.logger.info({ failures: this.#failures }, 'names and workers are noted again')
      }
      this.#failures = 0
    } catch (thrown) {
      const dueAt = this.#services.clock.now() + RETRY_MS
      for (const { kind, name } of used) {
        const known = this.#dueAt[kind].get(name)
        if (known !== undefined) this.#dueAt[kind].set(name, Math.min(known, dueAt))
      }
      if (this.#failures++ === 0) this.#failed(thrown)
    }
  }

  /** An outage is reported elsewhere. */
  #failed(thrown: unknown): void {
    const isKnown = this.#isAway() || MqError.is(thrown, 'unavailable') || MqError.is(thrown, 'closed')
    const level = isKnown ? 'debug' : 'warn'
    const message = 'names and workers could not be noted: broker.queues(), channels() and workers() miss some'
    this.#services.logger[level]({ err: toError(thrown) }, message)
  }
}

/** One that is about to close stays so. */
function resumed(worker: NotableWorker): void {
  tryReading(() => worker.resume())
}

function keyOf(kind: RegisteredKind, name: string): string {
  return `${kind} ${name}`
}

/** At most a thousand: as many as one call may have. */
function taken<T>(all: Set<T> | Map<string, T>): readonly T[] {
  const some = [...all.entries()].slice(0, MAX_BATCH)
  for (const [key] of some) all.delete(key as never)
  return some.map(([, each]) => each)
}
