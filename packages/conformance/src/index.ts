export { testAdapter } from './test-adapter.ts'
export type { ConformanceOptions, Fixture, It, Runner } from './runner.ts'
