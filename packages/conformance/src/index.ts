export { testAdapter } from './test-adapter.ts'
export type { ConformanceOptions, Fixture, It, OtherProgram, Runner } from './runner.ts'
