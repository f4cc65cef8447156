import type { LimitsPatch } from '../define/limits.ts'
import type { QueueControl } from './queue-control.ts'
import type { LimitsInForce, LimitsSetOptions, LiveLimits } from './queue-sharing.ts'

/** The verbs of operators, of which most handles need none: what they need is made by the first call. */
export function lazyControl(control: () => QueueControl): QueueControl {
  return {
    stats: () => control().stats(),
    history: (options) => control().history(options),
    keys: (options) => control().keys(options),
    tasks: (options) => control().tasks(options),
    pause: () => control().pause(),
    resume: () => control().resume(),
    drain: (options) => control().drain(options),
    purge: (options) => control().purge(options),
    obliterate: (options) => control().obliterate(options),
    explain: (id) => control().explain(id),
    limits: new LazyLimits(control),
  }
}

/** A class, because functions of its own would make each handle larger. */
class LazyLimits implements LiveLimits {
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
