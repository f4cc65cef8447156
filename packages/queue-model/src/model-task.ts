import type { DeadTask, LeaseState, StoredOutcome, TaskReading } from '@mq/core'

/** One task as the model has it. Times are ms of the model's clock. */
export interface ModelTask {
  readonly n: string
  readonly id: string | undefined
  level: number
  readonly key: string | undefined
  readonly header: string
  payload: string
  place: 'waiting' | 'delayed' | 'leased' | 'ended'
  /** waiting: the lower, the sooner claimed inside its level; equal ones in any order. */
  rank: number
  /** delayed: it was retried, and holds its key; it comes back to the head. */
  holds: boolean
  /** delayed: when it is due; leased: when its lease is over. */
  at: number
  /** The token of its last lease. */
  lease: string | undefined
  failures: number
  crashes: number
  memo: string | undefined
  progress: string | undefined
  /** Of its last lease. */
  start: string | undefined
  end: ModelEnd | undefined
}

/** How a task ended; when, the model notes apart. */
export type ModelOutcome = Omit<StoredOutcome, 'endedAt'>

export interface ModelEnd {
  readonly at: number
  readonly outcome: ModelOutcome
  /** Its outcome can be read: completed with its result kept, dead and not discarded, cancelled, expired. */
  isKept: boolean
  /** It was running when it ended. */
  readonly hadLease: boolean
}

export const MINUTE_MS = 60_000
const OUTCOME_KEPT_MS = 60 * MINUTE_MS

/** `perhaps`: the port allows that the storage has forgotten it. */
export type Knowledge = 'yes' | 'perhaps' | 'no'

function outcomeKnown({ end }: ModelTask, now: number): Knowledge {
  if (!end) return 'no'
  if (end.outcome.state === 'dead') return end.isKept ? 'yes' : 'no'
  return end.isKept && now - end.at < OUTCOME_KEPT_MS ? 'yes' : 'perhaps'
}

/** Whether the caller's own id still identifies the task. */
export function idKnown(task: ModelTask, now: number): Knowledge {
  const isSure = !task.end || now - task.end.at < MINUTE_MS || outcomeKnown(task, now) === 'yes'
  return isSure ? 'yes' : 'perhaps'
}

/** What an `extend` of an ended lease may be answered. */
export function lostStates(task: ModelTask, lease: string, now: number): readonly LeaseState[] {
  if (task.end?.outcome.state !== 'cancelled') return ['lost']
  const isTold = task.end.hadLease && task.lease === lease && outcomeKnown(task, now) === 'yes'
  return isTold ? ['cancelled'] : ['lost', 'cancelled']
}

/** `slackMs`: so far the storage's clock may have run ahead of the model's. */
export function permits(task: ModelTask, reading: TaskReading, now: number, slackMs: number): boolean {
  if (reading.state === 'unknown') return task.place === 'ended' && outcomeKnown(task, now) !== 'yes'
  if (reading.n !== task.n) return false
  switch (reading.state) {
    case 'waiting':
      return task.place === 'waiting' && mayProgressBe(task, reading.progress)
    case 'running':
      return task.place === 'leased' && mayProgressBe(task, reading.progress)
    case 'delayed':
      return task.place === 'delayed' && !reading.blocked && isAbout(reading.dueInMs, task.at - now, slackMs)
    case 'ended': {
      const { state, body, reason } = reading.outcome
      const end = task.end?.outcome
      const isSame = end?.state === state && end.body === body && end.reason === reason
      return isSame && outcomeKnown(task, now) !== 'no'
    }
  }
}

/** Whether `ms` that the storage says are the model's `modelMs`, of which a little may have passed. */
export function isAbout(ms: number, modelMs: number, slackMs: number): boolean {
  return ms <= Math.max(0, modelMs) && ms >= Math.max(0, modelMs - slackMs)
}

/** Progress may be dropped at any time. */
function mayProgressBe(task: ModelTask, progress: string | undefined): boolean {
  return progress === undefined || progress === task.progress
}

export function isLetterOf(task: ModelTask, letter: DeadTask): boolean {
  const { failures, crashes, header, payload, end } = task
  return (
    end?.outcome.state === 'dead' &&
    end.isKept &&
    end.outcome.reason === letter.reason &&
    end.outcome.body === letter.detail &&
    failures === letter.failures &&
    crashes === letter.crashes &&
    header === letter.header &&
    payload === letter.payload
  )
}

/** As they are claimed: by level; the waiting by rank; then the due by time. 0: in any order. */
export function inOrder(a: ModelTask, b: ModelTask): number {
  if (a.level !== b.level) return b.level - a.level
  const [isA, isB] = [stands(a), stands(b)]
  if (isA !== isB) return isA ? -1 : 1
  return isA ? rankOf(a) - rankOf(b) : a.at - b.at
}

/** Of a key, those that are returned are in the order of their numbers, before all others. */
export function returnedRank(task: ModelTask): number {
  return Number(task.n) - Number.MAX_SAFE_INTEGER
}

function stands(task: ModelTask): boolean {
  return task.place === 'waiting' || task.holds
}

function rankOf(task: ModelTask): number {
  return task.place === 'waiting' ? task.rank : returnedRank(task)
}

/** An end, in words to compare. */
export function endText(
  { n, id }: { readonly n: string; readonly id?: string | undefined },
  { state, body, reason }: ModelOutcome,
): string {
  return JSON.stringify([n, id ?? null, state, body ?? null, reason ?? null])
}
