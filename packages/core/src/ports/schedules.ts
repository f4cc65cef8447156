import type { OutcomeLimits, NewTask } from './queue-driver.ts'

/**
 * The schedules of a queue: when each is due next, and a text that only core and a scheduler understand. Laws:
 * 1. Every call is atomic. `set`, `tick` and `remove` may be repeated as their comments say.
 * 2. Time is the storage's. Instants are whole ms since 1970 by its clock, as `at` of the replies is.
 * 3. `set` gives a schedule a revision that no other had, also none of an earlier schedule of this name. Within a
 *    revision `dueAt` only increases. So a tick, which is a name, a revision and a `dueAt`, is done once at the most.
 * 4. A record that another program wrote or damaged is answered as malformed, and affects no other.
 */
export interface ScheduleDriver {
  /** One schedule by its name: 1–256 characters of well-formed Unicode. */
  read(name: string): Promise<ScheduleReading>
  /**
   * Those that are due earliest first, those that are not due any more last. Costs O(limit) where the storage allows
   * it.
   */
  page(query: SchedulesQuery): Promise<SchedulesPage>
  /**
   * Those whose `dueAt` has come, the earliest first: `limit` (1–1,000) at the most, fewer where they are large.
   * Malformed ones that it meets are not due any more, so that they are answered once. Who asks is a scheduler: that
   * there was one is noted, where there are schedules.
   */
  due(limit: number): Promise<DueSchedules>
  /**
   * Stores a schedule in place of the one that has this revision and `dueAt`, or where there is none of this name but,
   * perhaps, a malformed one. `stale`: it is otherwise. `due`: the one that is there has a tick that is due, which has
   * to be done first, so that no tick is lost by a change. Both answer what is there. Where it is due before all
   * others were, participants that listen get a `scheduled` hint. A repetition of a call that was done is answered
   * `stale`. `moved`: it is a partition that is sealed, see `EnqueueBatch.seals`, and has none of this name that can be
   * read; nothing was stored.
   */
  set(schedule: NewSchedule): Promise<ScheduleSet>
  /** Whether there was one, malformed or not. */
  remove(name: string): Promise<boolean>
  /**
   * Does ticks: for each whose schedule has this revision and `dueAt`, which has come, adds its tasks, whatever the
   * capacity of the queue, and sets when it is due next. Repeated by `lane` and `seq` as `enqueue`, whose lanes these
   * are.
   */
  tick(batch: TickBatch): Promise<readonly TickReceipt[]>
}

export interface StoredSchedule {
  readonly name: string
  readonly revision: string
  /** Undefined: never, until another `set`. */
  readonly dueAt?: number | undefined
  readonly body: string
  /** `lastAt` of the last tick that added tasks, and the number of its last task. */
  readonly lastAt?: number | undefined
  readonly lastTask?: string | undefined
}

export interface ScheduleReading {
  readonly at: number
  readonly schedule?: StoredSchedule | undefined
  /** There is something that is none of ours. */
  readonly malformed?: true | undefined
  /** Since a scheduler last asked for those that are due, ms; undefined: none did. */
  readonly tickerSeenAgoMs?: number | undefined
}

export interface SchedulesQuery {
  /** The last one of the page before. */
  readonly after?: { readonly name: string; readonly dueAt?: number | undefined } | undefined
  /** 1–1,000. A page may hold fewer where they are large, but is empty only at the end. */
  readonly limit: number
}

export interface SchedulesPage {
  readonly at: number
  readonly schedules: readonly StoredSchedule[]
  /** The names of malformed ones among them. */
  readonly malformed: readonly string[]
  /** Where to go on; undefined at the end, and only there. */
  readonly next?: { readonly name: string; readonly dueAt?: number | undefined } | undefined
  /** As of a reading. */
  readonly tickerSeenAgoMs?: number | undefined
}

export interface DueSchedules {
  readonly at: number
  readonly schedules: readonly StoredSchedule[]
  readonly malformed: readonly string[]
  /** When the earliest of the others is due; it may be by now. */
  readonly nextDueAt?: number | undefined
}

export interface NewSchedule {
  readonly name: string
  readonly body: string
  readonly dueAt?: number | undefined
  readonly before?: Pick<StoredSchedule, 'revision' | 'dueAt'> | undefined
}

export type ScheduleSet =
  | { readonly state: 'set'; readonly at: number; readonly revision: string }
  | { readonly state: 'moved'; readonly at: number }
  | ({ readonly state: 'stale' | 'due' } & Omit<ScheduleReading, 'tickerSeenAgoMs'>)

export interface TickBatch {
  readonly lane: string
  readonly seq: number
  /** At most 1,000, with 1,000 tasks together. */
  readonly ticks: readonly Tick[]
  readonly outcomes?: OutcomeLimits | undefined
}

export interface Tick {
  readonly name: string
  readonly revision: string
  /** Undefined: its tasks are added out of turn, and what is due stays. */
  readonly dueAt?: number | undefined
  /** Later than `dueAt`. Undefined: there is no other tick. */
  readonly nextDueAt?: number | undefined
  /** The instant of its last task, which may be one later than `dueAt`. Undefined: `dueAt`. */
  readonly lastAt?: number | undefined
  /** None: the tick is passed over. */
  readonly tasks: readonly ScheduledTask[]
}

export type ScheduledTask = Pick<NewTask, 'level' | 'key' | 'weight' | 'delayMs' | 'header' | 'payload'>

/** `tasks`: their numbers. */
export type TickReceipt = { readonly state: 'done'; readonly tasks: readonly string[] } | { readonly state: 'stale' }
