export { createMetrics } from './create-metrics.ts'
export type { Metrics, MetricsOptions } from './create-metrics.ts'
