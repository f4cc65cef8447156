import type { LimitsPatch } from '../define/limits.ts'
import type { QueueControl } from './queue-control.ts'
import type { LimitsInForce, LimitsSetOptions, LiveLimits } from './queue-sharing.ts'

/** What it needs is made by the first call. A class, because functions of its own would make each handle larger. */
export class LazyLimits implements LiveLimits {
  readonly #control: () => QueueControl

  constructor(control: () => QueueControl) {
    this.#control = control
  }

  async get(): Promise<LimitsInForce> {
    return this.#control().limits.get()
  }

  async set(patch: LimitsPatch, options?: LimitsSetOptions): Promise<LimitsInForce> {
    return this.#control().limits.set(patch, options)
  }

  async reset(options?: LimitsSetOptions): Promise<LimitsInForce> {
    return this.#control().limits.reset(options)
  }
}
