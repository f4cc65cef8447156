import { builtinModule } from '../values/builtin-module.ts'
import { tryReading } from '../values/try-reading.ts'

/** Where a worker runs, so that operators find it. */
export interface OwnProcess {
  readonly host: string
  readonly pid: number
}

interface Host {
  readonly process?: { readonly pid?: unknown } | undefined
}

interface Os {
  hostname(): unknown
}

/** Never throws; what is not known is empty, or 0. */
export function ownProcess(): OwnProcess {
  const host = tryReading(() => (builtinModule('node:os') as Os | undefined)?.hostname())
  const pid = tryReading(() => (globalThis as Host).process?.pid)
  return { host: typeof host === 'string' ? host : '', pid: typeof pid === 'number' ? pid : 0 }
}
