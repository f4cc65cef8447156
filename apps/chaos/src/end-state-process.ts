import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import { FLOW_QUEUES, LOG, QUEUE, SCHEDULED } from './contenders/contender.ts'
import type { EndState } from './end-state/end-state.ts'
import type { Programs } from './programs/programs.ts'

/** `urls`: of a server, or of all nodes of a cluster. Asks the independent reader, in a process of its own. */
export async function readEndState(
  { execPath, execArgv, endState }: Programs,
  urls: readonly string[],
): Promise<EndState> {
  const given = [...execArgv, endState, urls.join(','), QUEUE, LOG, SCHEDULED, ...FLOW_QUEUES]
  const { stdout } = await promisify(execFile)(execPath, given, {
    maxBuffer: 512 * 2 ** 20,
    timeout: 60_000,
  })
  return JSON.parse(stdout) as EndState
}
