import type { Backoff } from './backoff.ts'
import type { AfterTask } from './after-task.ts'
import type { OnDead } from '../ports/flows.ts'

export interface EnqueueOptions {
  /**
   * An id of your own, 1–128 characters of `A–Z a–z 0–9 . _ : -`. While such a task lives, at least 60 s after its end,
   * and then as long as its outcome is kept, enqueueing it again gives the same task; with another payload it throws
   * `id-conflict`. Ids of `n` and 15 or more digits are the storage's own.
   */
  readonly id?: string | undefined
  /**
   * For `windowMs` from the first, tasks with the same `key` (1–128 characters) are one task, whatever their payload.
   * Not together with `id`.
   */
  readonly dedupe?: { readonly key: string; readonly windowMs: number } | undefined
  /**
   * What happens when the `id` or key already belongs to a task. `keep` (default): nothing is added, and
   * `task.existing` is true, also when that task was cancelled or has another delay. `replace`: a waiting or delayed
   * task ends as cancelled (reason `replaced`) and this one takes its id; one that has ended is started anew; while it
   * runs, this throws `id-conflict`.
   */
  readonly existing?: 'keep' | 'replace' | undefined
  /** The task is not started before this time has passed, ms. Default 0. */
  readonly delayMs?: number | undefined
  /** 0–9, 9 first. Default 4. Of tasks with a key, among those of its key. */
  readonly priority?: number | undefined
  /**
   * Whose task it is: a tenant, an account, a host. 1–256 characters, any Unicode. Workers serve the keys in turn, one
   * task of each, and those without a key as one more, so that many tasks of one key keep no other waiting;
   * `limits.perKey` holds for each. Throws `unsupported` where the adapter has none.
   */
  readonly key?: string | undefined
  /**
   * How many such tasks make up one turn of their key: its share beside other keys. 1–1,000; default 1. Needs a `key`.
   */
  readonly weight?: number | undefined
  /** Overrides the queue's `timeoutMs`. */
  readonly timeoutMs?: number | undefined
  /** If the task has not started within this time, it ends as `expired`, ms from now. Default: never. */
  readonly expiresInMs?: number | undefined
  /** How often its handler may run, the first time included, 1–1,000. Overrides the queue's `attempts`. */
  readonly attempts?: number | undefined
  /**
   * The pause before each further attempt. Overrides the queue's `backoff`, also one that is a function; since it is
   * stored with the task, it is none itself.
   */
  readonly backoff?: Backoff | undefined
  /**
   * Whether the result of this task is kept after its end: overrides the queue's `keep.results`. `false`: whoever
   * awaits it at its end still gets it. `true`: within the bounds of the queue, or the defaults where it keeps none.
   */
  readonly keep?: { readonly results: boolean } | undefined
  /**
   * The task runs after these have ended: handles of tasks, or their queues and ids, 1–10,000, of any queues of this
   * broker. Until then it is delayed, and blocked; `delayMs` begins then, `expiresInMs` begins now. Tasks that have
   * ended already count while they are kept. Throws `unknown-parent` for one of which nothing is known, `flow-cycle`,
   * `flow-too-deep` beyond 1,000 tasks one after another, and `unsupported` where the adapter has no flows. Not with
   * `existing: 'replace'`.
   */
  readonly after?: AfterTask | readonly AfterTask[] | undefined
  /**
   * What becomes of it when one of these does not complete: it dies, is cancelled, expires, or nothing is known of it
   * any more. `bury` (default): it becomes a dead letter with the reason `parent-failed`, at once; `cancel`: it is
   * cancelled for that reason; `run`: it runs once all have ended.
   */
  readonly onDead?: OnDead | undefined
  /** Stored with the payload, for example a trace id or a tenant. At most 8 KiB as JSON. */
  readonly headers?: Readonly<Record<string, string>> | undefined
  /** Stops waiting for room in a full queue, or for a storage that is unavailable. */
  readonly signal?: AbortSignal | undefined
}

export type EnqueueEntry<In> = { readonly payload: In } & Omit<EnqueueOptions, 'signal'>
export type EnqueueAllOptions = Pick<EnqueueOptions, 'signal'>
