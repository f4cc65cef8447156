import type { ConsoleApp } from '../console-app.ts'
import { overview } from '../views/overview.ts'
import type { Api } from './api.ts'

/** `/overview`: whether work flows. */
export function overviewRoutes(app: ConsoleApp, { readings }: Api): void {
  app.get(
    '/overview',
    {
      config: { role: 'viewer' },
      schema: {
        operationId: 'getOverview',
        tags: ['Overview'],
        summary: 'Whether work flows, and why not',
        response: { 200: overview },
      },
    },
    () => readings.overview(),
  )
}
