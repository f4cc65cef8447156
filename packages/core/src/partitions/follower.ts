import { MqError } from '../errors.ts'

export interface FollowerParts<Driver> {
  /** Without partitions. */
  readonly plain: Driver
  readonly open: (partitions: number) => Driver
  /** Others are called from now on. */
  readonly onMoved?: (() => void) | undefined
}

/**
 * What is used by its name alone is called as one without partitions; when the storage says that it has some, or
 * another number, those are called from then on, first with what was refused. One without partitions costs no call
 * more.
 */
export class Follower<Driver> {
  readonly #parts: FollowerParts<Driver>
  #now: Driver

  constructor(parts: FollowerParts<Driver>) {
    this.#parts = parts
    this.#now = parts.plain
  }

  /** As far as is known. */
  get now(): Driver {
    return this.#now
  }

  /**
   * By the driver of the moment, and once more by another where there is another number of partitions: nothing was done
   * then. `onLeft`: that driver is of nothing that is there. Not async: that would cost each call of what has no
   * partitions a turn more.
   */
  call<T>(call: (driver: Driver) => Promise<T>, onLeft?: (driver: Driver) => void): Promise<T> {
    const called = this.#now
    return call(called).catch((thrown: unknown) => {
      if (!MqError.is(thrown, 'partitions-differ')) throw thrown
      onLeft?.(called)
      // Another call may have found out before.
      if (this.#now === called) this.follow(thrown)
      return call(this.#now)
    })
  }

  /** Of a refusal that says how many partitions there are. */
  follow(refusal: MqError): void {
    const partitions = Number(refusal.details['partitions'])
    this.#now = partitions > 1 ? this.#parts.open(partitions) : this.#parts.plain
    this.#parts.onMoved?.()
  }
}
