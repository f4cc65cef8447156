import { createMetrics } from '@mq/prometheus'
import type { Metrics } from '@mq/prometheus'
import type { CheckedOptions } from './check-options.ts'
import type { ConsoleApp } from './console-app.ts'

/** `/metrics`, for Prometheus: made when somebody first asks, since counting what happens here costs a little. */
export function metricsRoutes(app: ConsoleApp, { broker }: CheckedOptions): void {
  let metrics: Metrics | undefined
  app.addHook('onClose', async () => metrics?.close())
  app.get('/metrics', { config: { role: 'viewer' }, schema: { hide: true } }, async (_request, reply) => {
    metrics ??= createMetrics(broker)
    return reply
      .header('cache-control', 'no-store')
      .type(metrics.contentType)
      .send(await metrics.read())
  })
}
