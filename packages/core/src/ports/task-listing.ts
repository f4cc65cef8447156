import type { StoredOutcome } from './stored-outcome.ts'

/**
 * `waiting`: as they are claimed, those that are set aside last. `delayed`: the earliest first, blocked ones last.
 * `blocked`: of the delayed ones, those that run after others which have not all ended, in any order. `running`: in any
 * order. `ended`: whose outcome is kept and that are not dead, the newest first.
 */
export type PageState = 'waiting' | 'delayed' | 'blocked' | 'running' | 'ended'

export interface PageQuery {
  readonly state: PageState
  /** waiting: of tasks with this key only, in any order. */
  readonly key?: string | undefined
  /**
   * The `next` of a page of this state. It may come from a client: a text that is none is refused as
   * `invalid-options`.
   */
  readonly after?: string | undefined
  /** With payloads (ended: with the body of the outcome), else they are empty. Default false. */
  readonly payloads?: boolean | undefined
  /**
   * 1–1,000. A page may hold fewer, also none, where tasks are large or where there are entries to skip; and some
   * more of running ones, where they are many.
   */
  readonly limit: number
}

export interface TaskListing {
  readonly tasks: readonly ListedTask[]
  /** Where to go on, 1–2,200 characters of `A–Z a–z 0–9 : . - +`; undefined at the end, and only there. */
  readonly next?: string | undefined
}

export type ListedTask = PendingTask | EndedTask

export interface PendingTask {
  readonly n: string
  readonly level: number
  /** ms since 1970 by the storage's clock, as all times here. */
  readonly enqueuedAt: number
  readonly failures: number
  readonly crashes: number
  readonly header: string
  readonly payload: string
  /** Of header and payload, as they are stored. */
  readonly bytes: number
  /** delayed: when it is due; undefined while it is blocked. */
  readonly dueAt?: number | undefined
  /** It runs after others, which have not all ended. */
  readonly blocked?: true | undefined
  /** running: when its lease ends, unless it is prolonged. */
  readonly leaseEndsAt?: number | undefined
  /** As of `ClaimedTask`. */
  readonly malformed?: boolean | undefined
  readonly outcome?: undefined
}

export interface EndedTask {
  readonly n: string
  /** Without its body where payloads are not asked for; a reason of a cancellation is always there. */
  readonly outcome: StoredOutcome
  /** Of the result. */
  readonly bytes: number
}
