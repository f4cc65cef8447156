import type { ClaimedTask } from './claimed-task.ts'
import type { Hint } from './hint.ts'
import type { HistoryLimits } from './history-limits.ts'
import type { Keep } from './keep.ts'
import type { Note } from './note.ts'
import type { TaskFamily } from './flows.ts'
import type { DefinedLimits, Hold, LimitsNews } from './queue-limits.ts'
import type { Subscription } from './subscription.ts'

/**
 * The hot path of a queue. Laws:
 * 1. Every call is atomic, whatever the size of its batch: all of it happens, or nothing; and two concurrent calls take
 * effect one after    the other. It is one round trip wherever the storage allows it.
 * 2. A rejection with code `unavailable` means *unknown*: it may have happened. Repeating the call with the same `lane`
 * and `seq` is always    safe: it changes nothing and returns the reply of the first, without claims whose lease is no
 * longer the newest. A `seq` older than    the lane's last is refused. A lane has one call under way, and possibly its
 * repetition. With `details.sent === false` the call never    left this process, and certainly did not happen.
 * 3. Time is the storage's. Callers pass durations, never instants.
 * 4. A task is in one place: waiting, delayed, leased, or ended. A lease token is never reused, and only the newest
 * settles.
 * 5. The batches of one `queue()` of a storage take effect in the order of the calls, also while earlier calls are not
 * answered yet.
 * 6. An optional member that is absent and one that is `undefined` mean the same, in both directions.
 */
export interface QueueDriver {
  enqueue(batch: EnqueueBatch): Promise<readonly Receipt[]>
  /**
   * Ends the lanes of a producer. Their last replies are forgotten. For some minutes the storage refuses calls of these
   * lanes that arrive later (delayed by a network), and then forgets the lanes. For a queue that does not exist (any
   * more) nothing is stored.
   */
  endLanes(lanes: readonly EndedLane[]): Promise<void>
  settleAndClaim(turn: Turn): Promise<TurnReply>
  /**
   * Prolongs leases to `leaseMs` from now. A lease past its deadline that was not recovered yet is still held.
   * `cancelled`: the task was cancelled under this lease, as far as that is still known; `lost`: all other cases, also
   * a text that never was a lease.
   */
  extend(leases: readonly string[], leaseMs: number): Promise<readonly LeaseState[]>
  /**
   * Stores what running tasks report; progress is announced to watchers. Returns for each note whether its lease was
   * held; the others are dropped.
   */
  note(notes: readonly Note[]): Promise<readonly boolean[]>
  /**
   * Hints only: losing one costs latency, never correctness, so a waiting participant also polls. Resolves when hints
   * of this queue will arrive. `paused`, `scheduled` and `reconnected` go to all listeners, the others to the participant that asked
   * (by `awaitWork`, `awaitRoom`, `watch`, or by claiming the task).
   */
  listen(listener: (hint: Hint) => void): Promise<Subscription>
}

/** Bounds of the channel of outcomes. `false`: from now on no end is appended; what was stays. */
export type OutcomeLimits = HistoryLimits | false

export interface EnqueueBatch {
  readonly lane: string
  /** Increases by one with each new batch of the lane. */
  readonly seq: number
  /** At most 1,000. */
  readonly tasks: readonly NewTask[]
  /**
   * All or none: when one task is a `conflict`, or there is not room for all, none is added, and those that were not
   * known are `full`. Without it each task for which there is room is added.
   */
  readonly atomic: boolean
  /** How many tasks may wait (delayed and running ones not counted). */
  readonly capacity?: number | undefined
  /** How many tasks of a key may wait, of each that the batch has. Only where there is `QueueSharing`. */
  readonly keyCapacity?: number | undefined
  /** When a task is refused because the queue, or its key, is full, send a `room` hint once there may be room. */
  readonly awaitRoom?: boolean | undefined
  /**
   * Refuse no task because the queue is full: if any task was added, bury the waiting tasks beyond `capacity` as
   * `displaced`, suspects that are set aside first, then the oldest of the lowest level, and count them. Those with a
   * key come last, in any order.
   */
  readonly displace?: boolean | undefined
  /** See `Storage.outcomes`. The storage remembers them for calls without them. */
  readonly outcomes?: OutcomeLimits | undefined
  /**
   * Seals the partition in this step: from then on, whoever calls, it takes only tasks whose key has tasks there that
   * have not ended, or a rate or a hold that is not over, and knows those whose id or key it knows. The others are
   * `moved`: nothing is stored of them. A key that has nothing there any more stays elsewhere: a letter that is
   * redriven later, or a task that replaces one of another key, is taken, and does not bring its key back. No letter is
   * redriven whose own id is not known there any more. What schedules add is taken.
   */
  readonly seals?: boolean | undefined
}

export interface EndedLane {
  readonly lane: string
  /** The number of its last batch. */
  readonly seq: number
}

export interface NewTask {
  /**
   * The caller's own id. It belongs to this task while the task is pending, at least 60 s after its end, and as long as
   * its outcome is kept.
   */
  readonly id?: string | undefined
  /**
   * For `windowMs` from now, a task with this key counts as this one, whatever its payload. Keys and ids are separate.
   * Not with `id`.
   */
  readonly dedupe?: Dedupe | undefined
  /**
   * The task with this id or key is replaced: a waiting or delayed task ends as cancelled with the reason `replaced`;
   * if it has ended, only its id is taken over. If it runs, the receipt is `conflict` and nothing is done. In a batch,
   * a later task replaces an earlier one.
   */
  readonly replace?: boolean | undefined
  /** 0–9; 9 is claimed first. First in, first out inside a level. */
  readonly level: number
  /** Whose task it is: see `QueueSharing`. 1–256 characters; core has it in the header, too. */
  readonly key?: string | undefined
  /** How many of its kind make up a turn of its key, 1–1,000. Default 1. */
  readonly weight?: number | undefined
  readonly delayMs: number
  /**
   * It is blocked until these have ended, whatever the capacity: see `FlowDriver`. `delayMs` begins then. A `check`
   * chore is made with it, which is taken over by whoever enqueues. Only where there is `QueueAdmin.flows`.
   */
  readonly after?: TaskFamily | undefined
  /** Written by core, without a newline, opaque to the adapter; may be empty. */
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
  /** The id belongs to a task with another payload; with `replace`: to a task that runs. */
  | { readonly state: 'conflict'; readonly n: string }
  /** Nothing is known of it in a partition that is sealed. Of an `atomic` batch nothing is stored then. */
  | { readonly state: 'moved' }
  /** `of`: the tasks of its key are as many as may wait. */
  | { readonly state: 'full'; readonly of?: 'key' | undefined }

export interface Turn {
  /** The lanes of one worker have the same name up to the first dot. */
  readonly lane: string
  /** Increases by one with each new turn of the lane. */
  readonly seq: number
  /**
   * This `seq` was sent before and no reply arrived. Only advice: `seq` decides, and the first call may never have
   * arrived.
   */
  readonly repeat: boolean
  /** At most 1,000; applied before any task is claimed. */
  readonly settlements: readonly Settlement[]
  /**
   * How many tasks to claim at the most: 0–1,000. A turn that neither claims nor settles passes a `work` hint on: if
   * there is a task to claim, the hint is sent to another sleeping worker.
   */
  readonly want: number
  /** Stop claiming when this many bytes are claimed; the first task is always given. */
  readonly maxBytes: number
  readonly leaseMs: number
  /**
   * Keep the results of completed tasks; otherwise `read` answers `unknown` for them at once. Watchers get their hint,
   * and ids are kept, in either case.
   */
  readonly keepResults: boolean
  /**
   * Bounds of what is kept of ended tasks. The storage remembers them for calls without them; before the first,
   * `DEFAULT_KEEP` applies.
   */
  readonly keep?: Keep | undefined
  /**
   * Limits of the worker's definition: see `QueueSharing`. The first turn of a lane that has some sets those of the
   * definition, for all workers; a later one only where there are none (any more). Without them what is there stays.
   * Not for groups.
   */
  readonly limits?: DefinedLimits | undefined
  /** See `Storage.outcomes`. The storage remembers them for calls without them. Not for groups. */
  readonly outcomes?: OutcomeLimits | undefined
  /**
   * If nothing could be claimed, send a `work` hint once there is work. This request lasts until the hint is sent, a
   * claim of the lane finds work, or the lane ends; a turn that claims nothing does not end it.
   */
  readonly awaitWork: boolean
  /**
   * A `work` hint to this worker may bring the task along, as a `grant` hint: leased to this worker as if it had
   * claimed it, but for `leaseMs` or `MAX_GRANT_MS`, whichever is less, since it may stand still. Only a task that was
   * just enqueued, alone, of at most `MAX_GRANT_BYTES`, while no other waits and the queue is not paused. A worker has
   * one grant at a time: the next needs another turn that asks for it. Until `granted` names it, it is given again with
   * each turn of the worker, leased for the `leaseMs` of that turn; a lease that ends before is not charged, unless the
   * next is lost, too. False: not now. Undefined: this worker never takes any (so for groups).
   */
  readonly takesGrant?: boolean | undefined
  /**
   * The lease of the newest grant that arrived at this worker. After a `last` turn it starts no grant that it did not
   * name: the storage gives such a task to another worker.
   */
  readonly granted?: string | undefined
  /**
   * Do not claim tasks whose `crashes` are at least this many: a claim that finds one sets it aside for a turn without
   * this number, and continues with the next. Such tasks still count as waiting; a turn without this number is given
   * them before all levels, in the order in which they were set aside. Otherwise, when a worker dies with a batch of
   * them, each would be charged with the crash that one of them caused.
   */
  readonly suspectFrom?: number | undefined
  /**
   * The lane ends with this turn. For some minutes the storage refuses calls of this lane that arrive later, and then
   * forgets the lane; for a queue that does not exist (any more) nothing is stored.
   */
  readonly last?: boolean | undefined
}

interface Settled {
  readonly lease: string
  /**
   * The caller's own id, if the task has one, for storages that need it to find what else they keep of the task. The
   * lease decides.
   */
  readonly id?: string | undefined
}
export type Settlement =
  /**
   * `keep`: whether its result is kept, in place of the turn's `keepResults`; `next`: makes a chore with this text, see
   * `FlowDriver`. A group ignores them.
   */
  | (Settled & {
      readonly kind: 'complete'
      readonly result?: string | undefined
      readonly keep?: boolean | undefined
      readonly next?: string | undefined
    })
  /**
   * Runs again after `delayMs`. `charge` counts it as a failure of the handler; then a queue keeps `error`, core's text
   * of at most `MAX_ERROR` characters without tabs and line breaks, for `inspect`; a group does not.
   */
  | (Settled & {
      readonly kind: 'retry'
      readonly delayMs: number
      readonly charge: boolean
      readonly error?: string | undefined
    })
  /**
   * The task is returned unstarted or unfinished, to the head of its level; nothing is charged. Several of one turn
   * keep their order. Of a key, all that were returned (also recovered) are in the order of their numbers. `hold`: only
   * where there is `QueueSharing`.
   */
  | (Settled & { readonly kind: 'release'; readonly hold?: Hold | undefined })
  /** Becomes a dead letter. `charge` counts a last failure of the handler. */
  | (Settled & {
      readonly kind: 'bury'
      readonly reason: string
      readonly detail: string
      readonly charge?: boolean | undefined
    })
  /** Its `expiresInMs` passed before it was started. */
  | (Settled & { readonly kind: 'expire' })

export interface TurnReply extends LimitsNews {
  /**
   * The storage's clock, ms since 1970, when the turn was first done or, of a repeated turn, now. Missing: no grants
   * are sent.
   */
  readonly at?: number | undefined
  /** The lease of a grant that `granted` did not name: its task is the first of `claimed`, beyond `want`. */
  readonly granted?: string | undefined
  /** Indices into `settlements` whose lease was no longer the newest: nothing was done for them. */
  readonly stale: readonly number[]
  readonly claimed: readonly ClaimedTask[]
  /**
   * If nothing (more) could be claimed: the time until the earliest delayed task is due, or until the earliest lease
   * ends and its task has to be recovered, or until a limit lets one through that waits (the rate of the queue: `gatherMs` later), whichever is sooner. An
   * adapter may answer less while there are leases, to be polled more often; undefined when there is neither.
   */
  readonly nextDueInMs?: number | undefined
  /** Suspects wait that this turn was not given because of `suspectFrom` (or would not be, if it claimed nothing). */
  readonly suspects?: boolean | undefined
  /**
   * The number of dead letters that were dropped for a bound, and that no turn reported before. Any turn may drop those
   * beyond a bound.
   */
  readonly deadDropped?: number | undefined
  /**
   * The number of entries of other programs that were dropped, and that no turn reported before. Storage of our own has
   * none.
   */
  readonly foreign?: number | undefined
  /**
   * The queue is paused: nothing is claimed until it is resumed. Every turn reports this, also one that claims nothing.
   */
  readonly paused?: boolean | undefined
  /** There are chores that nobody has taken over: see `FlowDriver`. `nextDueInMs` counts those that somebody has. */
  readonly chores?: boolean | undefined
  /** The key of the inbox holds no list, or may not be read: nothing is taken from it. */
  readonly unreadableInbox?: boolean | undefined
}

export type LeaseState = 'held' | 'lost' | 'cancelled'
