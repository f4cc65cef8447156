import type { ClaimedTask } from './claimed-task.ts'
import type { StoredOutcome } from './stored-outcome.ts'

/** What a storage says without being asked. Losing one costs latency, never correctness. */
export type Hint =
  /** A task may be claimable, or is due earlier than the last turn reported. */
  | { readonly kind: 'work' }
  /**
   * A task that is leased to this worker already: see `takesGrant`. Sent in place of `work`. `worker`: the name of its
   * lanes up to the first dot.
   */
  | { readonly kind: 'grant'; readonly worker: string; readonly task: ClaimedTask }
  /** There is room for tasks that were refused before. */
  | { readonly kind: 'room' }
  /** A task that `read(…, { watch: true })` found pending has ended. */
  | { readonly kind: 'ended'; readonly n: string; readonly outcome: StoredOutcome }
  | { readonly kind: 'progress'; readonly n: string; readonly body: string }
  /** The queue was paused: tasks that were claimed and not started have to be released. Sent to all listeners. */
  | { readonly kind: 'paused' }
  /** A running task was cancelled; its lease has ended already. */
  | { readonly kind: 'cancel'; readonly lease: string; readonly reason: string }
  /** A schedule was set: it may be due earlier than was known. Sent to all listeners. */
  | { readonly kind: 'scheduled' }
  /** A partition was sealed: see `EnqueueBatch.seals`. Sent to all listeners. */
  | { readonly kind: 'sealed' }
  /** Hints may have been lost: read everything again that is waited for. */
  | { readonly kind: 'reconnected' }
