import type { CheckedOptions } from '../check-options.ts'
import type { ConsoleApp } from '../console-app.ts'
import { sessionRoutes } from './session.ts'

/** The REST API, one file for each resource. */
export async function apiRoutes(app: ConsoleApp, options: CheckedOptions): Promise<void> {
  sessionRoutes(app, options)
}
