import { project } from '../../vitest.shared.ts'

// It computes and shares no process: threads start sooner, and report without a pipe.
export default project('memory-adapter', { pool: 'threads' })
