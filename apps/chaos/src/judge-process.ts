import { fork } from 'node:child_process'
import { once } from 'node:events'
import { check } from './checker/check.ts'
import type { Expectations } from './checker/expectations.ts'
import type { Verdict } from './checker/verdict.ts'
import type { EndState } from './end-state/end-state.ts'
import { historyIn } from './history/history-in.ts'
import type { Programs } from './programs/programs.ts'

/** The first argument that makes main.ts a judge: it waits for one case, and answers the verdict. */
export const JUDGE_ROLE = 'judge'

export interface Case {
  /** Of the histories. */
  readonly directory: string
  readonly state: EndState | undefined
  readonly expected: Expectations
}

/** Of a history; what is remembered of it is several times as much. */
const SHARD_BYTES = 256 * 2 ** 20

export function judge({ directory, state, expected }: Case): Verdict {
  const history = historyIn(directory)
  const shards = Math.max(1, Math.ceil(history.bytes / SHARD_BYTES))
  // What is judged in one piece need not be read twice.
  return check(shards === 1 ? [...history] : history, state, expected, shards)
}

/**
 * In a process of its own: over a long history the proxies of other experiments, which are in this one, would stand
 * still.
 */
export async function judgeApart({ main, execPath, execArgv }: Programs, given: Case): Promise<Verdict> {
  const child = fork(main, [JUDGE_ROLE], { execPath, execArgv: [...execArgv], serialization: 'advanced' })
  const enough = new AbortController()
  try {
    const verdict = once(child, 'message', { signal: enough.signal })
    const died = once(child, 'exit', { signal: enough.signal }).then(([code]) => {
      throw new Error(`the judge ended without a verdict, with ${String(code)}`)
    })
    child.send(given)
    const [answer] = await Promise.race([verdict, died])
    return answer as Verdict
  } finally {
    enough.abort()
    child.kill()
  }
}
