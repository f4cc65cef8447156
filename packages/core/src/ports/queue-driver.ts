import type { Keep } from './keep.ts'
import type { Subscription } from './subscription.ts'

/**
 * The hot path of a queue. Laws:
 * 1. Every call is atomic, whatever the size of its batch: all of it happens, or nothing; and of two calls at once it is as if one had come
 *    after the other. It is one round trip wherever the storage allows it.
 * 2. A rejection with code `unavailable` means *unknown*: it may have happened. Repeating the call with the same `lane`
 *    and `seq` is always safe: it changes nothing and answers as the first did, but for claims whose lease is no longer the newest: those are
 *    left out. A `seq` older than the lane's last is refused. A lane has one call under way, and perhaps its repetition.
 *    With `details.sent === false` the call never left this process, and certainly did not happen.
 * 3. Time is the storage's. Callers pass durations, never instants.
 * 4. A task is in one place: waiting, delayed, leased, or ended. A lease token is never reused, and only the newest settles.
 * 5. The batches that one `queue()` of a storage is given take effect in the order of the calls, also where none was answered yet.
 * 6. Wherever a member is optional, an absent one and one that is `undefined` are the same, in both directions.
 */
export interface QueueDriver {
  enqueue(batch: EnqueueBatch): Promise<readonly Receipt[]>
  /**
   * The lanes of a producer end. What they were answered is forgotten; for some minutes the storage refuses what comes of them
   * later (bytes that a network held back), and then forgets them. Of a queue that is not there (any more) it notes nothing.
   */
  endLanes(lanes: readonly EndedLane[]): Promise<void>
  settleAndClaim(turn: Turn): Promise<TurnReply>
  /**
   * Prolongs leases to `leaseMs` from now. One past its deadline that nobody recovered yet is still held. `cancelled`: the task was cancelled
   * under this lease, as far as that is still known; `lost`: all other cases, also a text that never was a lease.
   */
  extend(leases: readonly string[], leaseMs: number): Promise<readonly LeaseState[]>
  /** Stores what running tasks report; progress is announced. Answers for each whether its lease was held: others are dropped. */
  note(notes: readonly Note[]): Promise<readonly boolean[]>
  /**
   * Hints only: losing one costs latency, never correctness, so whoever waits also polls. Resolves when hints of this queue arrive. `paused` and
   * `reconnected` go to all who listen, the others to the participant that asked (by `awaitWork`, `awaitRoom`, `watch`, or by claiming the task).
   */
  listen(listener: (hint: Hint) => void): Promise<Subscription>
}

export interface EnqueueBatch {
  readonly lane: string
  /** Increases by one with each new batch of the lane. */
  readonly seq: number
  /** At most 1,000. */
  readonly tasks: readonly NewTask[]
  /**
   * All or none: where one is a `conflict` or they do not all find room, none is taken, and those that were not known are `full`. Otherwise
   * each task that finds room is taken.
   */
  readonly atomic: boolean
  /** How many tasks may wait (delayed and running ones not counted). */
  readonly capacity?: number | undefined
  /** When something is refused for want of room, send a `room` hint once there is some. */
  readonly awaitRoom?: boolean | undefined
  /**
   * Refuse nothing for want of room: if anything was accepted, bury what waits beyond `capacity` as `displaced`, suspects that are set aside
   * first, then the oldest of the lowest level, and count them.
   */
  readonly displace?: boolean | undefined
}

export interface EndedLane {
  readonly lane: string
  /** Of its last batch. */
  readonly seq: number
}

export interface NewTask {
  /**
   * The caller's own id. It is this task's while that lives, at least 60 s after its end, and then as long as its
   * outcome is kept.
   */
  readonly id?: string | undefined
  /** Tasks with this key are this one, whatever their payload, for `windowMs` from now. Keys are apart from ids. Not with `id`. */
  readonly dedupe?: Dedupe | undefined
  /**
   * The task of this id or key is replaced: a waiting or delayed task ends as cancelled, reason `replaced`; of one that ended, only the id
   * passes on. Where it runs, the receipt is `conflict` and nothing is done. In a batch, the later replaces the earlier.
   */
  readonly replace?: boolean | undefined
  /** 0–9; 9 is claimed first. First in, first out inside a level. */
  readonly level: number
  readonly delayMs: number
  /** Core's, without newline, opaque to the adapter; may be empty. */
  readonly header: string
  readonly payload: string
}

export interface Dedupe {
  readonly key: string
  readonly windowMs: number
}

export type Receipt =
  /** `n`: the task's number in decimal, unique for ever in its queue, increasing. */
  | { readonly state: 'accepted' | 'existing'; readonly n: string }
  /** The id belongs to a task with another payload; of one that replaces: for a task that runs. */
  | { readonly state: 'conflict'; readonly n: string }
  | { readonly state: 'full' }

export interface Turn {
  readonly lane: string
  /** Increases by one with each new turn of the lane. */
  readonly seq: number
  /** This `seq` was sent before and its reply never came. Only advice: `seq` decides, and the first may never have arrived. */
  readonly repeat: boolean
  /** At most 1,000; applied before anything is claimed. */
  readonly settlements: readonly Settlement[]
  /**
   * How many tasks to claim at the most: 0–1,000. A turn that neither claims nor settles passes a `work` hint on: if there is something to
   * claim, another worker that sleeps is sent one.
   */
  readonly want: number
  /** Claim no further once this many bytes are claimed; the first task is always given. */
  readonly maxBytes: number
  readonly leaseMs: number
  /** Keep the results of the completed; else they are `unknown` to `read` at once. Those who watch get their hint, and ids are kept, either way. */
  readonly keepResults: boolean
  /**
   * Bounds of what is kept of ended tasks. The storage remembers them for the calls that have none; until there were any,
   * `DEFAULT_KEEP` holds.
   */
  readonly keep?: Keep | undefined
  /**
   * If nothing could be claimed, send a `work` hint once there is something. The wish holds until it is granted, a claim of
   * the lane finds work, or the lane ends; a turn that wants nothing does not end it.
   */
  readonly awaitWork: boolean
  /**
   * Leave tasks whose `crashes` are at least this many for a turn without this number: a claim that meets one steps over it, and it is set
   * aside. Such tasks still count as waiting; a turn without this number is given them before all levels, in the order in which they were
   * met. Otherwise a worker that dies with a batch of them would charge each with the crash of one.
   */
  readonly suspectFrom?: number | undefined
  /**
   * The lane ends with this turn. For some minutes the storage refuses what comes of it later, and then forgets it; of a queue that is
   * not there (any more) it notes nothing.
   */
  readonly last?: boolean | undefined
}

interface Settled {
  readonly lease: string
  /** The caller's own id, if the task has one, for storages that need it to find what else they keep of the task. The lease decides. */
  readonly id?: string | undefined
}
export type Settlement =
  | (Settled & { readonly kind: 'complete'; readonly result?: string | undefined })
  /** Runs again after `delayMs`. `charge` counts it as a failure of the handler. */
  | (Settled & { readonly kind: 'retry'; readonly delayMs: number; readonly charge: boolean })
  /** Given back unstarted or unfinished: to the head of its level, nothing charged. Several of a turn keep their order. */
  | (Settled & { readonly kind: 'release' })
  /** Becomes a dead letter. `charge` counts a last failure of the handler. */
  | (Settled & {
      readonly kind: 'bury'
      readonly reason: string
      readonly detail: string
      readonly charge?: boolean | undefined
    })
  /** Its time ran out before it was started. */
  | (Settled & { readonly kind: 'expire' })

export interface TurnReply {
  /** Indices into `settlements` whose lease was no longer the newest: nothing was done for them. */
  readonly stale: readonly number[]
  readonly claimed: readonly ClaimedTask[]
  /**
   * If nothing (more) could be claimed: until the earliest delayed task is due, or the earliest lease is over and its task has to be
   * recovered, whichever is sooner. Less while there are leases where an adapter wants somebody to look more often; undefined
   * when there is neither.
   */
  readonly nextDueInMs?: number | undefined
  /** Tasks wait apart that this turn was not to be given (or would not be, if it claimed nothing). */
  readonly suspects?: boolean | undefined
  /** The number of dead letters that were dropped for a bound, and that no turn reported before. Any turn may drop what is over. */
  readonly deadDropped?: number | undefined
  /** The number of entries of other programs that were dropped, and that no turn reported before. Storage of our own has none. */
  readonly foreign?: number | undefined
  /** The queue is paused: nothing is claimed until somebody resumes it. Said by every turn, also one that wants nothing. */
  readonly paused?: boolean | undefined
}

export interface ClaimedTask {
  readonly lease: string
  readonly n: string
  /** Increases with every delivery in this queue. */
  readonly fence: number
  /** When it was enqueued, ms since 1970 by the storage's clock. */
  readonly enqueuedAt: number
  /** The storage's clock at this claim, ms since 1970. */
  readonly claimedAt: number
  /** Failures charged so far. */
  readonly failures: number
  /** Leases lost so far: the process died or was stopped for too long. After the first, only those whose `start` was noted. */
  readonly crashes: number
  readonly header: string
  readonly payload: string
  /** The last `memo` that was noted in this life of the task. */
  readonly memo?: string | undefined
  /** What is stored is not what an adapter of this version wrote; `payload` is the raw record. */
  readonly malformed?: boolean | undefined
}

export type LeaseState = 'held' | 'lost' | 'cancelled'

/**
 * `progress` replaces the last one, is announced, and may be dropped at any time; `memo` lasts as long as its task's life.
 * `start`, without a body: the task begins to run under this lease, so that losing it counts as a crash.
 */
export interface Note {
  readonly lease: string
  readonly kind: 'progress' | 'memo' | 'start'
  readonly body: string
}

export type Hint =
  /** Something may be claimable, or is due earlier than the last turn said. */
  | { readonly kind: 'work' }
  /** There is room for tasks that were refused. */
  | { readonly kind: 'room' }
  /** A task that `read(…, { watch: true })` found pending has ended. */
  | { readonly kind: 'ended'; readonly n: string; readonly outcome: StoredOutcome }
  | { readonly kind: 'progress'; readonly n: string; readonly body: string }
  /** The queue was paused: what was claimed and not started is to be given back. To all who listen. */
  | { readonly kind: 'paused' }
  /** A running task was cancelled; its lease is already gone. */
  | { readonly kind: 'cancel'; readonly lease: string; readonly reason: string }
  /** Hints may have been lost: look again at all that is waited for. */
  | { readonly kind: 'reconnected' }

export interface StoredOutcome {
  readonly state: 'completed' | 'dead' | 'cancelled' | 'expired'
  /** When it ended, ms since 1970 by the storage's clock. */
  readonly endedAt: number
  /** completed: the result, if there is one; cancelled: the reason; dead: core's detail. */
  readonly body?: string | undefined
  /** dead: why. */
  readonly reason?: string | undefined
}
