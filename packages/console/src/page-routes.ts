import { existsSync } from 'node:fs'
import type { CheckedOptions } from './check-options.ts'
import type { ConsoleApp } from './console-app.ts'

/** From `src` and from `dist` alike. */
const PAGE = new URL('../dist/page/', import.meta.url)

/** The page, if it was built. */
export async function pageRoutes(_app: ConsoleApp, _options: CheckedOptions): Promise<void> {
  if (!existsSync(PAGE)) return
}
