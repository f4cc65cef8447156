import { setFlagsFromString } from 'node:v8'
import { isOwnRun, project } from '../../vitest.shared.ts'

// Two threads keep two cores busy for 2 s: what is compiled for speed meanwhile does not pay for that any more.
if (isOwnRun) setFlagsFromString('--interrupt-budget=1000000')

// It computes and shares no process: threads start sooner, and report without a pipe.
export default project('core-tests', { pool: 'threads' })
