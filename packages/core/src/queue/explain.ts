import type { TaskFacts } from '../ports/queue-admin.ts'

/** Why a task is not running, for an engineer on call. */
export interface Explanation {
  readonly because: Because
  /** One sentence. Its words may change. */
  readonly text: string
  readonly facts: TaskFacts
}

export type Because =
  /** Never there, or nothing is kept of it. */
  | 'unknown'
  | 'ended'
  /** It is. */
  | 'running'
  /** Its worker was silent for a whole lease; the next claim of any worker recovers it. */
  | 'lease-over'
  /** The same, but after an outage workers get the time of a lease to come back first. */
  | 'recovery-pause'
  | 'delayed'
  /** An attempt failed, and the next one is due later. */
  | 'backing-off'
  | 'paused'
  | 'no-worker'
  /** It lost its worker twice, so it waits until one has nothing else to do. */
  | 'suspect'
  | 'behind-others'
  | 'workers-busy'
  /** A worker is being woken, or is about to claim. */
  | 'next'

/** Workers show up at least every 2 s while they look for work, and claim before they fall silent. */
const WORKER_GONE_MS = 5_000
const SUSPECT_AT = 2

/** From the facts to the one reason that matters most: what would have to change first. */
export function explain(facts: TaskFacts): Explanation {
  const [because, text] = reasonOf(facts)
  return { because, text, facts }
}

function reasonOf(facts: TaskFacts): readonly [Because, string] {
  const { reading } = facts
  switch (reading.state) {
    case 'unknown':
      return ['unknown', 'There is no such task, or it ended so long ago that nothing is kept of it.']
    case 'ended': {
      const { state, reason } = reading.outcome
      return ['ended', `It has ended: ${state}${reason === undefined ? '' : ` (${reason})`}.`]
    }
    case 'running':
      return whileRunning(facts)
    case 'delayed':
      if (facts.paused && reading.dueInMs === 0) return ['paused', 'It is due, but the queue is paused.']
      if (facts.failures > 0) {
        return ['backing-off', `It failed ${times(facts.failures)}; the next attempt is due in ${reading.dueInMs} ms.`]
      }
      if (reading.dueInMs === 0) return whileWaiting(facts)
      return ['delayed', `It is due in ${reading.dueInMs} ms.`]
    case 'waiting':
      return whileWaiting(facts)
  }
}

function whileRunning({ leaseEndsInMs = 0, recoveryInMs = 0 }: TaskFacts): readonly [Because, string] {
  if (leaseEndsInMs > 0)
    return ['running', `It is running; its worker holds it for ${leaseEndsInMs} ms more unless it prolongs.`]
  const silent = 'Its worker has been silent for a whole lease'
  if (recoveryInMs > 0) {
    return ['recovery-pause', `${silent}, and after the outage workers have ${recoveryInMs} ms more to come back.`]
  }
  return ['lease-over', `${silent}; it runs again as soon as any worker claims.`]
}

function whileWaiting(facts: TaskFacts): readonly [Because, string] {
  const { paused, running, workerSeenAgoMs, crashes, ahead, idleWorkers } = facts
  if (paused) return ['paused', 'The queue is paused.']
  if (running === 0 && workerSeenAgoMs === undefined)
    return ['no-worker', 'No worker has ever claimed from this queue.']
  if (running === 0 && workerSeenAgoMs! > WORKER_GONE_MS) {
    return ['no-worker', `No worker of this queue has shown up for ${workerSeenAgoMs} ms.`]
  }
  if (crashes >= SUSPECT_AT) {
    return [
      'suspect',
      `It lost its worker ${times(crashes)}, so it runs alone: it waits until a worker holds nothing else.`,
    ]
  }
  if (ahead === undefined) return ['behind-others', 'More than 1,000 tasks are claimed before it.']
  if (ahead > 0) return ['behind-others', `${ahead} ${ahead === 1 ? 'task is' : 'tasks are'} claimed before it.`]
  if (idleWorkers > 0 || running === 0) return ['next', 'It is the next one, and a worker is being woken.']
  return ['workers-busy', `It is the next one, but all workers are busy (${running} tasks run).`]
}

function times(count: number): string {
  return count === 1 ? 'once' : `${count} times`
}
