import type { Audit } from '../audit.ts'
import type { Contender, Producer } from '../contenders/contender.ts'
import { RESULT } from '../task.ts'

const STALLED_MS = 15_000
const LOOKS = 20

export interface Handling {
  readonly url: string
  readonly contender: Contender
  readonly producer: Producer
  readonly audit: Audit
  readonly concurrency: number
  /** Stop there, while others still wait. Default: all that the audit expects. */
  readonly until?: number | undefined
  /** This long without a single task: something is lost. Default 15,000. */
  readonly stalledMs?: number | undefined
}

/**
 * Runs a worker until all tasks were handled and settled, and checks that each was handled once and nothing is left.
 * Answers how long it took from the worker's start to the last handler's.
 */
export async function handleAll(handling: Handling): Promise<{ readonly tookMs: number }> {
  const { url, contender, producer, audit, concurrency, until = audit.size, stalledMs = STALLED_MS } = handling
  let finish: (() => void) | undefined
  const all = new Promise<void>((resolve) => (finish = resolve))
  const worker = await contender.connectWorker(url, concurrency, async ({ n }) => {
    audit.handled(n)
    if (audit.total === until) finish?.()
    return RESULT
  })
  const giveUp = async (error: unknown): Promise<never> => {
    await Promise.all([worker.close(), producer.close()])
    throw error
  }
  const startedAt = performance.now()
  worker.run()
  await unlessStalled(all, audit, stalledMs).catch(giveUp)
  const tookMs = performance.now() - startedAt
  await worker.close()
  if (until < audit.size) audit.verifyNoneTwice()
  else audit.verify()
  const left = await producer.left()
  if (left !== audit.size - audit.total)
    throw new Error(`${audit.total} of ${audit.size} tasks handled, yet ${left} are left`)
  return { tookMs }
}

async function unlessStalled(all: Promise<void>, audit: Audit, stalledMs: number): Promise<void> {
  let seen = 0
  let movedAt = performance.now()
  let timer: ReturnType<typeof setInterval> | undefined
  const stalled = new Promise<never>((_, reject) => {
    timer = setInterval(() => {
      if (audit.total > seen) {
        seen = audit.total
        movedAt = performance.now()
      } else if (performance.now() - movedAt > stalledMs) {
        try {
          audit.verify()
        } catch (error) {
          reject(error as Error)
        }
      }
    }, stalledMs / LOOKS)
  })
  try {
    await Promise.race([all, stalled])
  } finally {
    clearInterval(timer)
  }
}
