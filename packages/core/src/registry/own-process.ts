import { tryReading } from '../values/try-reading.ts'

/** Where a worker runs, so that operators find it. */
export interface OwnProcess {
  readonly host: string
  readonly pid: number
}

interface ProcessLike {
  readonly pid?: unknown
  readonly getBuiltinModule?: ((name: string) => { hostname?: (() => unknown) | undefined } | undefined) | undefined
}

/** Asked of the process, not imported: a bundle of core for a runtime without `node:os` still loads. Never throws. */
export function ownProcess(): OwnProcess {
  const { process } = globalThis as { readonly process?: ProcessLike | undefined }
  const host = tryReading(() => process?.getBuiltinModule?.('node:os')?.hostname?.())
  const pid = tryReading(() => process?.pid)
  return { host: typeof host === 'string' ? host : '', pid: typeof pid === 'number' ? pid : 0 }
}
