import type { ClaimedTask, FailedAttempt, NewTask, StoredLog } from '@mq/core/adapter'
import type { HintPost } from './hint-post.ts'
import type { Linked } from './linked-list.ts'
import type { Timed } from './time-heap.ts'

/**
 * A task that has not ended. It is in one place: a list (waiting), or a heap (delayed until `at`, leased until `at`).
 */
export interface TaskRecord extends Linked<TaskRecord>, Timed {
  readonly n: number
  readonly id: string | undefined
  level: number
  readonly key: string | undefined
  readonly weight: number
  readonly header: string
  payload: string
  bytes: number
  /** ms since 1970. */
  readonly enqueuedAt: number
  place: 'waiting' | 'delayed' | 'leased'
  /** While it is delayed: it was retried, and its key is held until it is due. */
  holds: boolean
  /** While it waits, with a key: it was returned, so it stands at the head of its level. */
  returned: boolean
  /** While it waits: set aside for a turn without `suspectFrom`. */
  aside: boolean
  /** How many of its leases ended without ending the task. Never reset, so no lease token is ever used twice. */
  runs: number
  failures: number
  crashes: number
  /** Its start under this lease was noted. */
  started: boolean
  /** Its worker has not said that it arrived: the crash of its lease is not charged. */
  unseen: boolean
  /** A lease ended like that, and no other since. */
  lostUnseen: boolean
  /** The worker that it was sent to without being asked, while that has not named it. */
  sentTo: string | undefined
  /** Its lease's token, while it is leased. */
  lease: string
  fence: number
  /** The participant that has it, while it is leased. */
  holder: HintPost | undefined
  progress: string | undefined
  memo: string | undefined
  /** The last ones; none: undefined. */
  errors: readonly FailedAttempt[] | undefined
  log: StoredLog | undefined
}

export function createTaskRecord(n: number, task: NewTask, enqueuedAt: number): TaskRecord {
  const { id, level, key, weight = 1, header, payload } = task
  return {
    n,
    id,
    level,
    key,
    weight,
    header,
    payload,
    bytes: bytesOf(header, payload),
    enqueuedAt,
    place: 'waiting',
    holds: false,
    returned: false,
    aside: false,
    runs: 0,
    failures: 0,
    crashes: 0,
    started: false,
    unseen: false,
    lostUnseen: false,
    sentTo: undefined,
    lease: '',
    fence: 0,
    holder: undefined,
    progress: undefined,
    memo: undefined,
    errors: undefined,
    log: undefined,
    previous: undefined,
    next: undefined,
    at: 0,
    order: n,
    slot: 0,
  }
}

/** A leased task, as its worker gets it. */
export function claimedTask(task: TaskRecord, claimedAt: number): ClaimedTask {
  const { lease, n, fence, enqueuedAt, failures, crashes, header, payload, memo } = task
  return { lease, n: String(n), fence, enqueuedAt, claimedAt, failures, crashes, header, payload, memo }
}

export function bytesOf(header: string, payload: string): number {
  return Buffer.byteLength(header) + Buffer.byteLength(payload)
}

/** The number of the task that a lease's token is of. */
export function numberOfLease(lease: string): number {
  return Number(lease.slice(0, lease.indexOf('#')))
}
