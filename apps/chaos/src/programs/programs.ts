import { dirname, extname, join } from 'node:path'
import type { SharedClock } from '../history/recorder.ts'

/** Where the harness' programs are, run from source or built, and what main.ts alone may ask of the process. */
export interface Programs {
  readonly main: string
  readonly endState: string
  /** Of what is put in front of Redis' C library. */
  readonly shims: string
  readonly execPath: string
  readonly execArgv: readonly string[]
  readonly platform: string
  readonly now: SharedClock
  /** Keep every history, not only the bad ones. */
  readonly keep: boolean
}

export function programsBeside(
  main: string,
  host: Pick<Programs, 'execPath' | 'execArgv' | 'platform' | 'now' | 'keep'>,
): Programs {
  const folder = dirname(main)
  return {
    main,
    endState: join(folder, 'end-state', `main${extname(main)}`),
    shims: join(folder, '..', 'src', 'faults'),
    ...host,
  }
}
