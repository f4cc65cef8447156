export { testAdapter } from './test-adapter.ts'
export type { ConformanceOptions, Fixture, It, OtherProgram, Runner } from './runner.ts'
export { testPartitions } from './test-partitions.ts'
export type { PartitionsOptions } from './test-partitions.ts'
