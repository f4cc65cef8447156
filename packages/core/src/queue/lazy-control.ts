import type { QueueControl } from './queue-control.ts'

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
    limits: {
      get: () => control().limits.get(),
      set: (patch) => control().limits.set(patch),
      reset: () => control().limits.reset(),
    },
  }
}
