import type { WorkerEntry } from '@mq/core'

/** A live process that lost its connection to the storage has another one sooner. */
const BACK_WITHIN_MS = 2_000
/** Of what happened between looks that are further apart nothing is known. */
const LOOKS_APART_MS = 5_000

/** Which workers have had no connection for so long that their processes are gone, from look to look. */
export class Absences {
  #since: ReadonlyMap<string, number> = new Map()
  #atMs = Number.NEGATIVE_INFINITY

  /** `atMs`: of a clock that does not step. */
  note(workers: readonly Pick<WorkerEntry, 'id' | 'connected'>[], atMs: number): void {
    const known = atMs - this.#atMs <= LOOKS_APART_MS ? this.#since : new Map<string, number>()
    const absent = workers.filter(({ connected }) => connected === false)
    this.#since = new Map(absent.map(({ id }) => [id, known.get(id) ?? atMs]))
    this.#atMs = atMs
  }

  /** Nobody has a connection while the storage is away. */
  forget(): void {
    this.#since = new Map()
  }

  isGone({ id }: Pick<WorkerEntry, 'id'>): boolean {
    return this.#atMs - (this.#since.get(id) ?? Number.POSITIVE_INFINITY) >= BACK_WITHIN_MS
  }
}
