import type { AnswerBounds } from './answers.ts'
import type { IdleBounds } from './idle-beside.ts'
import type { IsolationBounds } from './isolation.ts'
import type { FairnessBounds } from './fairness.ts'
import type { ShareBounds } from './shares.ts'
import type { StartBounds } from './starts.ts'

/** What an experiment expects. The checker itself knows no experiment. */
export interface Expectations {
  readonly leaseMs: number
  /** How often a handler may fail. */
  readonly attempts: number
  /** How often the lease of a task may be lost until it is buried. */
  readonly crashLimit: number
  /** One worker, one at a time, no retry, one producer that waits for each receipt: start order is accept order. */
  readonly ordered?: boolean | undefined
  /** Tasks that must end as dead letters, with the reason. Any other dead letter is a violation. */
  readonly buried?: ReadonlyMap<number, string> | undefined
  /** Consumer groups that must receive every message. */
  readonly groups?: readonly string[] | undefined
  /** Those with one member that does one message at a time. */
  readonly orderedGroups?: readonly string[] | undefined
  /** Those whose members keep the messages of a key in order. */
  readonly keyedGroups?: readonly string[] | undefined
  /** How often a group's handler may fail. */
  readonly groupAttempts: number
  /** Between a failure and the next attempt, by the server's clock. */
  readonly retryPauseMs: number
  /** If set: how long after it was due a delayed task or a retry may begin. */
  readonly dueWithinMs?: number | undefined
  /** The time after the end of a fault within which work must go on. */
  readonly recoverWithinMs: number
  /** Tasks have priorities: one that a fault struck may wait behind others for as long as there are any. */
  readonly prioritized?: boolean | undefined
  /** A worker that got SIGTERM has ended this many ms after its deadline at the latest. */
  readonly closeGraceMs: number
  /** How long `ready` may differ from the actual state. */
  readonly healthWithinMs?: number | undefined
  /** The time after the confirmation of a pause from which no task begins, and no worker holds tasks ahead. */
  readonly pauseHeardWithinMs?: number | undefined
  /** How long a task may wait in a worker while another is idle. */
  readonly idleBeside?: IdleBounds | undefined
  /** How soon tasks that are enqueued in a window must begin. */
  readonly starts?: StartBounds | undefined
  /** How soon callers must get the results that they await. */
  readonly answers?: AnswerBounds | undefined
  /** What stuck subscribers may cost the others. */
  readonly isolation?: IsolationBounds | undefined
  /** How many schedules have to tick, each once at each of its instants, to the end. */
  readonly schedules?: number | undefined
  /** Its tasks run after others, over queues. */
  readonly flows?: boolean | undefined
  /** Keys are served in turn. */
  readonly fairness?: FairnessBounds | undefined
  /** The limits that the queue shares. */
  readonly shares?: ShareBounds | undefined
  /** By how much the memory of a process may grow between its begin and its end. */
  readonly rssGrowthBytes: number
  /** By how much Redis' memory may grow from the second quarter of the run to the last. */
  readonly redisGrowthBytes?: number | undefined
  /** By how many the open handles of a process may grow. */
  readonly handleGrowth: number
  /** The server's clock jumps, and moves the ends of leases and delays: what is early by our clock is not judged. */
  readonly clockSteps?: boolean | undefined
  /** What is accepted is at each replica: it survives every failover. */
  readonly replicated?: boolean | undefined
  /** No call may fail, and no failure may be reported to `onError`. */
  readonly silent?: boolean | undefined
}

/** In place of a reason: any will do. */
export const ANY_REASON = '*'

export const USUAL: Expectations = {
  leaseMs: 1_000,
  attempts: 5,
  crashLimit: 3,
  groupAttempts: 5,
  retryPauseMs: 20,
  recoverWithinMs: 10_000,
  closeGraceMs: 2_000,
  rssGrowthBytes: 256 * 2 ** 20,
  handleGrowth: 5,
}
