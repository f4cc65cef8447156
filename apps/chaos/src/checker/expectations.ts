import type { AnswerBounds } from './answers.ts'
import type { IdleBounds } from './idle-beside.ts'
import type { IsolationBounds } from './isolation.ts'
import type { StartBounds } from './starts.ts'

/** What an experiment promises to the checker. The checker itself knows no experiment. */
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
  /** Consumer groups that must be given every message. */
  readonly groups?: readonly string[] | undefined
  /** Those with one member that does one message at a time. */
  readonly orderedGroups?: readonly string[] | undefined
  /** How often a group's handler may fail. */
  readonly groupAttempts: number
  /** Between a failure and the next attempt, by the server's clock. */
  readonly retryPauseMs: number
  /** A delayed task and a retry begin at most so long after they are due, where they are judged by that. */
  readonly dueWithinMs?: number | undefined
  /** After the end of a fault work must go on within. */
  readonly recoverWithinMs: number
  /** A worker that got SIGTERM has ended this many ms after its deadline at the latest. */
  readonly closeGraceMs: number
  /** How long `ready` may lag behind the truth. */
  readonly healthWithinMs?: number | undefined
  /** How soon after the confirmation of a pause nothing begins any more, and nothing is held ahead. */
  readonly pauseHeardWithinMs?: number | undefined
  /** How long a task may wait in a worker while another is idle. */
  readonly idleBeside?: IdleBounds | undefined
  /** How soon what is enqueued in a window begins. */
  readonly starts?: StartBounds | undefined
  /** How soon callers learn what they await. */
  readonly answers?: AnswerBounds | undefined
  /** What stuck subscribers may cost the others. */
  readonly isolation?: IsolationBounds | undefined
  /** Memory that a process may gain between begin and end. */
  readonly rssGrowthBytes: number
  /** What Redis may use more in the last quarter of the run than in the second. */
  readonly redisGrowthBytes?: number | undefined
  /** Open handles that it may gain. */
  readonly handleGrowth: number
  /** The server's clock steps, and with it the ends of leases and delays: what is early by our clock is not judged. */
  readonly clockSteps?: boolean | undefined
  /** Neither failures reported in the background, nor calls that fail, may happen at all. */
  readonly silent?: boolean | undefined
}

/** In place of a reason. */
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
