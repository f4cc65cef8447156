import type { Queue, QueueDefinition, ScheduledTaskOptions, Task } from '@mq/core'
import type { RuleOptions } from './rule.ts'

/** A queue by its definition, its handle or its name. */
export type QueueRef<In = any> = Queue<In, any, any, any> | QueueDefinition<In, any, any, any> | string

/**
 * Schedules of queues. Any number of processes may have one: each tick makes exactly one task, whoever comes first, and
 * none leads. Its methods throw an MqError: `invalid-options` with the option at fault, `invalid-payload`,
 * `payload-too-large`, `unknown-schedule`, `unavailable` (the change may have been made; call again), `closed`.
 */
export interface Scheduler extends AsyncDisposable {
  /**
   * Sets what a schedule is, if it is other. What an operator did, to pause it, stays. A tick whose time has come is
   * done first, as it was before. The answer says in which options it differed: two deployments that set one name to
   * different things would see it at each start, and so does the log, as a warning.
   */
  upsert<In>(queue: QueueRef<In>, name: string, schedule: ScheduleOptions<In>): Promise<Upserted>
  /** One schedule; undefined where there is none. */
  read(queue: QueueRef, name: string): Promise<ScheduleEntry | undefined>
  /** Why it has made no task, or when it will. */
  explain(queue: QueueRef, name: string): Promise<ScheduleExplanation>
  /** The schedules of a queue, the next to tick first, page by page. */
  list(queue: QueueRef, page?: SchedulesPageOptions): Promise<SchedulesListed>
  /** The next ticks, ms since 1970: at most `count` (1–100, default 5); none while it is paused. */
  next(queue: QueueRef, name: string, count?: number): Promise<number[]>
  /** Adds a task of it now, whatever its rule says, also while it is paused. */
  runNow(queue: QueueRef, name: string): Promise<Task<any, any>>
  /** It has no ticks until `resume`, and those of that time count as none. Returns whether this changed anything. */
  pause(queue: QueueRef, name: string): Promise<boolean>
  resume(queue: QueueRef, name: string): Promise<boolean>
  /** Returns whether there was one. Tasks that it made stay. */
  remove(queue: QueueRef, name: string): Promise<boolean>
  /** Ticks nothing any more, once what is under way is done. Others go on. */
  close(): Promise<void>
}

export interface SchedulerOptions {
  /** Whose schedules this process ticks from the beginning. Those of a queue that it sets, it ticks too. */
  readonly queues?: readonly QueueRef[] | undefined
  /** `false`: it only reads and sets, and others tick. Default true. */
  readonly ticks?: boolean | undefined
}

export interface ScheduleOptions<In> extends RuleOptions {
  /**
   * A pattern with five fields, or six with seconds in front, or seven with years behind, as croner reads it: `0 9 * *
   * MON-FRI`, `0 0 L * *` (the last day of a month), `@daily`.
   */
  readonly cron?: string | undefined
  /** Instead of `cron`: whole intervals, ms, counted from `from` or from 1970. At least 100. */
  readonly everyMs?: number | undefined
  /** Whose clock `cron` means: an IANA name. Default `UTC`. */
  readonly timeZone?: string | undefined
  /** No tick before and after: ms since 1970, or a Date. Both included. */
  readonly from?: number | Date | undefined
  readonly until?: number | Date | undefined
  /**
   * Of ticks that nobody came to within a minute: `skip` makes no task for them, `one` (default) a task for the newest,
   * `all` one for each, for the newest 1,000 at the most.
   */
  readonly missed?: 'skip' | 'one' | 'all' | undefined
  /** Each task is delayed by up to so much, at random. Default 0. */
  readonly jitterMs?: number | undefined
  readonly payload: In
  /** Of each task, as for `enqueue`. */
  readonly options?: ScheduledTaskOptions | undefined
}

export interface Upserted {
  readonly state: 'created' | 'changed' | 'unchanged'
  /** The options in which the one before differed. */
  readonly differs: readonly string[]
  /** ms since 1970; undefined when it is paused, or over. */
  readonly nextAt: number | undefined
}

export interface SchedulesPageOptions {
  /** The `next` of the page before. */
  readonly after?: string | undefined
  /** 1–1,000. Default 100. */
  readonly limit?: number | undefined
}

export interface SchedulesListed {
  /** The storage's clock, ms since 1970. */
  readonly at: number
  readonly schedules: readonly ScheduleEntry[]
  readonly next: string | undefined
  /** Since a scheduler of any process last looked what is due in this queue, ms; undefined: none ever did. */
  readonly tickerSeenAgoMs?: number | undefined
}

export interface ScheduleEntry {
  readonly name: string
  /**
   * `overdue`: its tick was not done within a minute, so probably no process ticks the schedules of this queue. `over`:
   * there is no other tick. `invalid`: another program wrote or damaged it, and nothing else is known; it does not
   * tick.
   */
  readonly state: 'active' | 'overdue' | 'paused' | 'over' | 'invalid'
  readonly cron?: string | undefined
  readonly timeZone?: string | undefined
  readonly everyMs?: number | undefined
  readonly from?: number | undefined
  readonly until?: number | undefined
  readonly missed?: 'skip' | 'one' | 'all' | undefined
  readonly jitterMs?: number | undefined
  /** As it is stored. */
  readonly payload?: unknown
  readonly priority?: number | undefined
  /** As `upsert` was given them; what is the default is left out. */
  readonly options?: ScheduledTaskOptions | undefined
  /** ms since 1970. */
  readonly nextAt?: number | undefined
  /** The last tick that made a task, and the id of that task. */
  readonly lastAt?: number | undefined
  readonly lastTask?: string | undefined
}

/** Why a schedule has made no task, or when it will, for the engineer on call. */
export interface ScheduleExplanation {
  readonly because: ScheduleBecause
  /** One sentence. Its words may change. */
  readonly text: string
  readonly facts: ScheduleFacts
}

export type ScheduleBecause =
  | 'unknown'
  /** Another program wrote or damaged it. */
  | 'invalid'
  | 'paused'
  /** Its `until` has passed, or its pattern names no other date. */
  | 'over'
  /** A tick is due, or will be, and no process looks: none has a scheduler for this queue. */
  | 'no-ticker'
  /** A tick is due and a process looks: it is about to be done. */
  | 'due'
  /** Its `from` has not come. */
  | 'not-begun'
  /** All is well: it is not time. */
  | 'not-due'

export interface ScheduleFacts {
  /** The storage's clock, ms since 1970. */
  readonly at: number
  readonly schedule?: ScheduleEntry | undefined
  /** Its next ticks, at most five. */
  readonly next: readonly number[]
  /** Since a scheduler of any process last looked what is due in this queue, ms; undefined: none ever did. */
  readonly tickerSeenAgoMs?: number | undefined
}
