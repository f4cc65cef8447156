import type { StoredOutcome } from './stored-outcome.ts'
import type { TaskRef } from './task-ref.ts'

/**
 * What a task that is to run after others needs of storages: of the queue that it is in, and of those of its parents.
 * Laws:
 * 1. Every call concerns one queue, is atomic, and may be repeated: it then changes nothing, and answers as before.
 * 2. A task with `after` is *blocked*: it counts as delayed, is never due, and no call but `tell`, `apply` and those
 *    that end tasks touches it. When all of its parents' ends were reported it becomes due, after its `delayMs`; an end
 *    that is none of `completed` decides by its `onDead`: it is buried or cancelled as `PARENT_FAILED`, at once.
 * 3. What is left to be done of it is a *chore*, in the queue where it arose, added in the step that makes it: that a
 *    task ended which has children, that a task is to look for its parents, that a task was completed with a `next`. A
 *    sleeping worker gets a `work` hint of it, and each turn says that there are some.
 * 4. An end may be reported to a child twice, late, or when the child is gone.
 */
export interface FlowDriver {
  /** How tasks stand that others are to run after. At most 1,000. */
  look(tasks: readonly TaskRef[]): Promise<readonly Standing[]>
  /**
   * Notes in the queue of these parents that their ends are to be reported to those children: a chore is made when one
   * ends. Of one that has ended already its outcome is answered. At most 1,000.
   */
  link(edges: readonly Edge[]): Promise<readonly LinkReply[]>
  /**
   * Reports to children of this queue how parents ended; a later end of the same parent replaces an earlier one.
   * Answers for each whether it was done: where much would have to be moved in one step some are left over for another
   * call. At most 1,000.
   */
  tell(news: News): Promise<readonly boolean[]>
  /**
   * Takes chores over: other calls do not get them for `CHORE_MS`, unless they are finished before. Up to `limit`, the
   * oldest first, as far as about `MAX_BATCH_BYTES` go.
   */
  chores(limit: number): Promise<readonly Chore[]>
  /**
   * They are done. One that arose again meanwhile, so that its `token` is another, stays, and is free at once. One with
   * `againInMs` stays as well, and is free again then, behind all others that are free; the end of its task, or of the
   * last of its parents, removes it. Up to 1,000.
   */
  finish(chores: readonly DoneChore[]): Promise<void>
  /**
   * The children of a task of this queue, as far as they were linked, in any order: also those that heard of it, while
   * the task is known. Following `next` ends, also while some are added.
   */
  children(query: ChildrenQuery): Promise<ChildrenPage>
  /** The parents of a task of this queue, those from `from` on (0 is the first): undefined where it has none. */
  family(query: FamilyQuery): Promise<FamilyPage | undefined>
}

/** What becomes of a child when a parent ends otherwise than completed. `run`: it runs once all have ended. */
export type OnDead = 'bury' | 'run' | 'cancel'

/** Of a new task: the tasks that it is to run after. */
export interface TaskFamily {
  /** 1 more than the most of its parents' own. */
  readonly depth: number
  readonly onDead: OnDead
  /** 1–`MAX_PARENTS`, none twice. */
  readonly parents: readonly ParentRef[]
}

export interface ParentRef {
  readonly queue: string
  readonly n: string
  /** Its caller's own. */
  readonly id?: string | undefined
}

export type Standing =
  | {
      readonly state: 'pending' | 'ended'
      readonly n: string
      /** 0 of a task without parents. */
      readonly depth: number
    }
  /** It never existed, or nothing is kept of it. */
  | { readonly state: 'unknown' }

/** A child, and which of its parents is meant: from 0. */
export interface ChildRef {
  readonly queue: string
  readonly n: string
  readonly index: number
}

export interface Edge {
  /** The number of the parent. */
  readonly parent: string
  readonly child: ChildRef
}

export type LinkReply =
  | { readonly state: 'pending' }
  | { readonly state: 'ended'; readonly outcome: StoredOutcome }
  | { readonly state: 'unknown' }

/** How a parent ended; `unknown` counts as dead. */
export type ParentEnd = StoredOutcome | { readonly state: 'unknown'; readonly endedAt: number }

/** The reason of a dead letter, or of a cancellation, that a parent caused. */
export const PARENT_FAILED = 'parent-failed'

export interface News {
  /** `why`: the detail of a burial that it causes. */
  readonly ends: readonly (ParentEnd & { readonly why: string })[]
  /** `end`: an index into `ends`. */
  readonly children: readonly { readonly n: string; readonly index: number; readonly end: number }[]
}

export type Chore = { readonly n: string; readonly token: string } & (
  | {
      /** It ended. `children`: the first of them; `next` as of their page. */
      readonly kind: 'relay'
      readonly outcome: StoredOutcome
      readonly children: readonly ChildRef[]
      readonly next?: string | undefined
    }
  /**
   * A child: its parents have to be linked, and the ends of those that ended reported. `looked`: how often it was
   * finished to be done again.
   */
  | { readonly kind: 'check'; readonly looked: number }
  /** It was completed with this text. */
  | { readonly kind: 'next'; readonly body: string }
  /** Another program wrote it, or wrote over it: all that can be done is to say so, and to finish it. */
  | { readonly kind: 'unreadable' }
)

export interface DoneChore extends Pick<Chore, 'kind' | 'n' | 'token'> {
  /**
   * Of a `check` whose task is still blocked: storages may have lost what was told to them (a failover to a replica
   * that had not got it), so it is done again. Up to a day. No alarm is set for it: a turn says that it is free.
   */
  readonly againInMs?: number | undefined
}

/** The token of a `check` chore that the enqueueing made. */
export const NEW_TOKEN = '0'

export interface ChildrenQuery {
  readonly n: string
  readonly after?: string | undefined
  /** 1–1,000. */
  readonly limit: number
}

export interface ChildrenPage {
  readonly children: readonly ChildRef[]
  /** Where to go on; undefined at the end, and only there. */
  readonly next?: string | undefined
}

export interface FamilyQuery {
  readonly task: TaskRef
  readonly from: number
  /** 1–1,000; a page holds fewer where results are large. */
  readonly limit: number
}

export interface FamilyPage {
  readonly n: string
  /** Its caller's own. */
  readonly id?: string | undefined
  readonly depth: number
  readonly onDead: OnDead
  /** Of all. */
  readonly count: number
  /** How many have been heard of. */
  readonly heard: number
  /** It is blocked. */
  readonly blocked: boolean
  readonly parents: readonly FamilyMember[]
  readonly next?: number | undefined
}

export interface FamilyMember extends ParentRef {
  readonly index: number
  /** Undefined until it is reported, and when the child has ended. */
  readonly end?: ParentEnd | undefined
}
