export { memoryAdapter } from './memory-adapter.ts'
export type { MemoryAdapter } from './memory-adapter.ts'
export type { OtherProgram } from './memory-plain.ts'
