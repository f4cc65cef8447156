export { memoryAdapter } from './memory-adapter.ts'
