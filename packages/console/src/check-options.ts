import { checkAccess } from './access/access-options.ts'
import { checkLive } from './live/live-options.ts'
import type { ConsoleOptions } from './options.ts'

export type CheckedOptions = ConsoleOptions & { readonly basePath: string }

export const BASE_PATH: RegExp = /^(\/[\w.~-]+)*$/

/** With the defaults. Throws a TypeError. */
export function checkOptions(options: ConsoleOptions): CheckedOptions {
  const { basePath = '/console', broker } = options
  if (typeof broker !== 'object' || broker === null) throw new TypeError('@mq/console needs a broker')
  if (typeof basePath !== 'string' || !BASE_PATH.test(basePath)) {
    throw new TypeError("basePath is '' or a path such as '/console', without a slash at its end")
  }
  checkAccess(options)
  checkLive(options.live)
  return { ...options, basePath }
}
