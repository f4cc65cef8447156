import { repeatUntilKnown } from '../storage-calls/repeat.ts'
import type { Services } from '../services/services.ts'
import { MqError, toError } from '../errors.ts'
import type { QueueAdmin, TaskReading, TaskRef } from '../ports/queue-admin.ts'
import type { Hint } from '../ports/hint.ts'
import { LookRounds, neverLooked } from './look-rounds.ts'
import type { Looked } from './look-rounds.ts'

type Ending = Extract<TaskReading, { state: 'ended' | 'unknown' }>

interface Watched extends Looked {
  readonly key: string
  readonly ref: TaskRef
  n: string | undefined
  readonly waiters: Set<Waiter>
}

/** What hints reported while a read was under way, whose reply may be older. */
interface Heard {
  /** Outcomes, also of tasks whose number only the read will show. */
  readonly ends: Map<string, Ending>
  /** Numbers of tasks whose waiters got a newer progress than the read may return. */
  readonly progressed: Set<string>
}

export interface Waiter {
  onEnd(ending: Ending): void
  onError(error: Error): void
  onProgress?(body: string): void
}

/**
 * Waits for tasks to end, for any number of callers over one connection. The storage reads the outcome *or* notes that
 * this process waits, in one step; the outcome then arrives as a hint, and reads at ever longer intervals replace a
 * lost one.
 */
export class OutcomeWatcher {
  readonly #admin: QueueAdmin
  readonly #services: Services
  readonly #byKey = new Map<string, Watched>()
  /** A task may be watched by its number and by its own id. */
  readonly #byNumber = new Map<string, readonly Watched[]>()
  readonly #looks = new Set<Heard>()
  readonly #rounds: LookRounds<Watched>

  /** `isLive`: hints can arrive. */
  constructor(admin: QueueAdmin, services: Services, isLive: () => boolean) {
    this.#admin = admin
    this.#services = services
    this.#rounds = new LookRounds({ services, isLive, look: (batch) => this.#look(batch) })
  }

  /** Notifies `waiter` once of the outcome of the task; the function that it returns withdraws it. */
  watch(ref: TaskRef, waiter: Waiter): () => void {
    const key = 'n' in ref ? ref.n : `=${ref.id}`
    const watched = this.#byKey.get(key) ?? this.#begin(key, ref)
    watched.waiters.add(waiter)
    return () => {
      if (watched.waiters.delete(waiter) && watched.waiters.size === 0) this.#forget(watched)
    }
  }

  #begin(key: string, ref: TaskRef): Watched {
    const n = 'n' in ref ? ref.n : undefined
    const watched: Watched = { key, ref, n, waiters: new Set(), ...neverLooked() }
    this.#byKey.set(key, watched)
    this.#number(watched)
    this.#rounds.add(watched)
    return watched
  }

  hear(hint: Hint): void {
    if (hint.kind === 'ended') {
      const ending: Ending = { state: 'ended', n: hint.n, outcome: hint.outcome }
      for (const watched of this.#byNumber.get(hint.n) ?? []) this.#end(watched, ending)
      for (const { ends } of this.#looks) ends.set(hint.n, ending)
    } else if (hint.kind === 'progress') {
      for (const watched of this.#byNumber.get(hint.n) ?? []) {
        progressed(watched, hint.body)
        for (const heard of this.#looks) heard.progressed.add(hint.n)
      }
    } else if (hint.kind === 'reconnected') this.#rounds.again()
  }

  close(error: Error): void {
    for (const watched of [...this.#byKey.values()]) this.#fail(watched, error)
  }

  /** Returns those for which no hint may arrive. */
  async #look(batch: readonly Watched[]): Promise<ReadonlySet<Watched> | undefined> {
    const heard: Heard = { ends: new Map(), progressed: new Set() }
    this.#looks.add(heard)
    try {
      const refs = batch.map((watched) => watched.ref)
      const readings = await repeatUntilKnown(this.#services, () => this.#admin.read(refs, { watch: true }), {
        timeoutMs: this.#services.operationTimeoutMs,
      })
      const unheard = new Set<Watched>()
      batch.forEach((watched, i) => {
        const reading = readings[i]!
        this.#learn(watched, reading, heard)
        if ('crowded' in reading && reading.crowded) unheard.add(watched)
      })
      return unheard
    } catch (thrown) {
      // If the storage is unavailable the read is repeated later; any other error is final.
      if (!MqError.is(thrown, 'unavailable')) for (const watched of batch) this.#fail(watched, toError(thrown))
      return undefined
    } finally {
      this.#looks.delete(heard)
    }
  }

  #learn(watched: Watched, reading: TaskReading, heard: Heard): void {
    if (this.#byKey.get(watched.key) !== watched) return
    if (reading.state === 'ended' || reading.state === 'unknown') return this.#end(watched, reading)
    const early = heard.ends.get(reading.n)
    if (early) return this.#end(watched, early)
    watched.n = reading.n
    this.#number(watched)
    if (heard.progressed.has(reading.n)) return
    if ('progress' in reading && reading.progress !== undefined) progressed(watched, reading.progress)
  }

  #end(watched: Watched, ending: Ending): void {
    this.#forget(watched)
    for (const waiter of watched.waiters) waiter.onEnd(ending)
  }

  #number(watched: Watched): void {
    if (watched.n === undefined) return
    const same = this.#byNumber.get(watched.n)
    if (same === undefined) this.#byNumber.set(watched.n, [watched])
    else if (!same.includes(watched)) this.#byNumber.set(watched.n, [...same, watched])
  }

  #fail(watched: Watched, error: Error): void {
    this.#forget(watched)
    for (const waiter of watched.waiters) waiter.onError(error)
  }

  #forget(watched: Watched): void {
    this.#rounds.remove(watched)
    if (this.#byKey.get(watched.key) === watched) this.#byKey.delete(watched.key)
    if (watched.n === undefined) return
    const others = this.#byNumber.get(watched.n)?.filter((other) => other !== watched) ?? []
    if (others.length === 0) this.#byNumber.delete(watched.n)
    else this.#byNumber.set(watched.n, others)
  }
}

function progressed(watched: Watched, body: string): void {
  for (const waiter of watched.waiters) waiter.onProgress?.(body)
}
