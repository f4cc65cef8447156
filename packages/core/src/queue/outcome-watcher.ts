import { repeatUntilKnown } from '../calls/repeat.ts'
import type { Services } from '../calls/services.ts'
import type { Timer } from '../clock.ts'
import { MAX_BATCH } from '../define/limits.ts'
import { MqError, toError } from '../errors.ts'
import type { QueueAdmin, TaskReading, TaskRef } from '../ports/queue-admin.ts'
import type { Hint } from '../ports/queue-driver.ts'

type Ending = Extract<TaskReading, { state: 'ended' | 'unknown' }>

interface Watched {
  readonly key: string
  readonly ref: TaskRef
  n: string | undefined
  readonly waiters: Set<Waiter>
}

export interface Waiter {
  onEnd(ending: Ending): void
  onError(error: Error): void
  onProgress?(body: string): void
}

/**
 * Waits for tasks to end, for any number of callers over one connection. The storage reads the outcome *or* notes that
 * this process waits, in one step; the outcome then comes as a hint, and a poll every 1–2 s stands in for a lost one.
 */
export class OutcomeWatcher {
  readonly #admin: QueueAdmin
  readonly #services: Services
  readonly #byKey = new Map<string, Watched>()
  /** A task may be watched by its number and by its own id. */
  readonly #byNumber = new Map<string, Set<Watched>>()
  /** For each look under way, the ends that arrived meanwhile: they may be of tasks whose number only the look will tell. */
  readonly #looks = new Set<Map<string, Ending>>()
  #next: Watched[] = []
  #poll: Timer | undefined

  constructor(admin: QueueAdmin, services: Services) {
    this.#admin = admin
    this.#services = services
  }

  /** Tells `waiter` once how the task ended; the function returned stops that. */
  watch(ref: TaskRef, waiter: Waiter): () => void {
    const key = 'n' in ref ? ref.n : `=${ref.id}`
    let watched = this.#byKey.get(key)
    if (watched === undefined) {
      watched = { key, ref, n: 'n' in ref ? ref.n : undefined, waiters: new Set() }
      this.#byKey.set(key, watched)
      this.#number(watched)
      if (this.#next.push(watched) === 1) queueMicrotask(() => this.#lookAtNext())
    }
    watched.waiters.add(waiter)
    return () => {
      if (watched.waiters.delete(waiter) && watched.waiters.size === 0) this.#forget(watched)
    }
  }

  hear(hint: Hint): void {
    if (hint.kind === 'ended') {
      const ending: Ending = { state: 'ended', n: hint.n, outcome: hint.outcome }
      for (const watched of this.#byNumber.get(hint.n) ?? []) this.#end(watched, ending)
      for (const early of this.#looks) early.set(hint.n, ending)
    } else if (hint.kind === 'progress') {
      for (const watched of this.#byNumber.get(hint.n) ?? []) progressed(watched, hint.body)
    } else if (hint.kind === 'reconnected') this.#lookAgain()
  }

  close(error: Error): void {
    this.#poll?.cancel()
    for (const watched of [...this.#byKey.values()]) this.#fail(watched, error)
  }

  #lookAtNext(): void {
    const next = this.#next.filter((watched) => this.#byKey.get(watched.key) === watched)
    this.#next = []
    for (let i = 0; i < next.length; i += MAX_BATCH) void this.#look(next.slice(i, i + MAX_BATCH))
  }

  #lookAgain(): void {
    this.#next = [...this.#byKey.values()]
    this.#lookAtNext()
  }

  async #look(batch: readonly Watched[]): Promise<void> {
    const early = new Map<string, Ending>()
    this.#looks.add(early)
    try {
      const refs = batch.map((watched) => watched.ref)
      const readings = await repeatUntilKnown(this.#services, () => this.#admin.read(refs, { watch: true }), {
        timeoutMs: this.#services.operationTimeoutMs,
      })
      batch.forEach((watched, i) => this.#learn(watched, readings[i]!, early))
    } catch (thrown) {
      // A storage that is away is asked again at the next poll; any other refusal is an answer.
      if (!MqError.is(thrown, 'unavailable')) for (const watched of batch) this.#fail(watched, toError(thrown))
    } finally {
      this.#looks.delete(early)
      this.#arm()
    }
  }

  #learn(watched: Watched, reading: TaskReading, earlyEnds: ReadonlyMap<string, Ending>): void {
    if (this.#byKey.get(watched.key) !== watched) return
    if (reading.state === 'ended' || reading.state === 'unknown') return this.#end(watched, reading)
    const early = earlyEnds.get(reading.n)
    if (early) return this.#end(watched, early)
    watched.n = reading.n
    this.#number(watched)
    if ('progress' in reading && reading.progress !== undefined) progressed(watched, reading.progress)
  }

  #end(watched: Watched, ending: Ending): void {
    this.#forget(watched)
    for (const waiter of watched.waiters) waiter.onEnd(ending)
  }

  #number(watched: Watched): void {
    if (watched.n === undefined) return
    const same = this.#byNumber.get(watched.n)
    if (same) same.add(watched)
    else this.#byNumber.set(watched.n, new Set([watched]))
  }

  #fail(watched: Watched, error: Error): void {
    this.#forget(watched)
    for (const waiter of watched.waiters) waiter.onError(error)
  }

  #forget(watched: Watched): void {
    if (this.#byKey.get(watched.key) === watched) this.#byKey.delete(watched.key)
    const same = watched.n === undefined ? undefined : this.#byNumber.get(watched.n)
    if (same?.delete(watched) && same.size === 0) this.#byNumber.delete(watched.n!)
    if (this.#byKey.size === 0) {
      this.#poll?.cancel()
      this.#poll = undefined
    }
  }

  #arm(): void {
    if (this.#poll !== undefined || this.#byKey.size === 0) return
    this.#poll = this.#services.clock.schedule(
      () => {
        this.#poll = undefined
        this.#lookAgain()
      },
      Math.round(1_000 + 1_000 * this.#services.random()),
    )
  }
}

function progressed(watched: Watched, body: string): void {
  for (const waiter of watched.waiters) waiter.onProgress?.(body)
}
