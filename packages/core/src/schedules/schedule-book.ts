import type { Backoff } from '../define/backoff.ts'

/**
 * The schedules that are kept in a queue. What a rule means, and so when a schedule is due next, is for the program
 * that ticks them to say: `@mq/scheduler` is that program, and the place to look for `upsert`, `list` and `runNow`.
 * Here is what it is made of. Instants are ms since 1970 by the clock of the storage, which every answer bears as `at`.
 *
 * A call throws an MqError: `unavailable` (it may have happened, but a tick is done once at the most), `closed`,
 * `storage-refused`, `storage-full`; and at once `unsupported` where the adapter keeps no schedules.
 */
export interface ScheduleBook<In = unknown> {
  readonly queue: string
  /**
   * A task of a schedule as it is stored, without the broker's `headers`, which each tick adds. Throws as `enqueue`
   * does. `spreadMs`: the most that `tick` will add to its delay.
   */
  prepare(name: string, payload: In, options?: ScheduledTaskOptions, spreadMs?: number): Promise<KeptTask>
  /** `malformed`: there is something of this name that cannot be read. */
  read(name: string): Promise<BookReading>
  /** The soonest due first, those that are not due any more last. `limit`: 1–1,000. */
  page(query: { readonly after?: BookPlace | undefined; readonly limit: number }): Promise<BookPage>
  /** Those whose time has come. Malformed ones are answered once, and are not due any more then. */
  due(limit: number): Promise<DueInBook>
  /**
   * Stores a schedule in place of `before` (none: of nothing, or of what cannot be read). `stale`: what is there, and
   * is answered, is not `before` any more. `due`: its tick has come and has to be done first. Where the reply was lost
   * and the call was repeated, the answer may be `stale` although it was stored.
   */
  set(schedule: BookEntry, before?: Pick<KeptSchedule, 'revision' | 'dueAt'>): Promise<BookSet>
  /** The storage's time now, as far as its last answer tells; undefined before the first. */
  guessAt(): number | undefined
  /** What `prepare` was given. */
  optionsOf(task: KeptTask): ScheduledTaskOptions
  /** Whether there was one. Ticks that were due and not done are none any more. */
  remove(name: string): Promise<boolean>
  /** Does ticks of several schedules, at most 1,000 tasks in one step, the rest in further ones. */
  tick(ticks: readonly TickInBook[]): Promise<readonly TickOutcome[]>
  /** Calls `listener` when a schedule was set, by any process, or may have been. */
  listen(listener: () => void): Promise<{ close(): Promise<void> }>
  /** By the broker's clock; ends at once when the signal aborts, or the broker is closed. */
  pause(ms: number, signal?: AbortSignal): Promise<void>
  /** To `onError` of the broker. */
  report(error: Error): void
  /** A note in the broker's log, of what an operator may want to know. */
  note(facts: Readonly<Record<string, unknown>>, text: string): void
}

/** Of each task of a schedule, as for `enqueue`. */
export interface ScheduledTaskOptions {
  readonly delayMs?: number | undefined
  readonly priority?: number | undefined
  readonly timeoutMs?: number | undefined
  /** More than `delayMs` and the most that a tick adds to it. */
  readonly expiresInMs?: number | undefined
  readonly attempts?: number | undefined
  readonly backoff?: Backoff | undefined
  readonly keep?: { readonly results: boolean } | undefined
  /** Not of a queue of partitions: `unsupported`. */
  readonly key?: string | undefined
  readonly weight?: number | undefined
  /** 8 KiB together with what names the schedule and the tick. */
  readonly headers?: Readonly<Record<string, string>> | undefined
}

/** Equal texts are equal tasks. */
export interface KeptTask {
  readonly level: number
  readonly delayMs: number
  readonly header: string
  /** JSON. */
  readonly payload: string
}

export interface BookEntry {
  /** 1–256 characters of well-formed Unicode. */
  readonly name: string
  /** Without a line break. */
  readonly rule: string
  readonly task: KeptTask
  readonly dueAt?: number | undefined
}

export interface KeptSchedule extends BookEntry {
  readonly revision: string
  /** The last tick that added tasks, and the id of its last task. */
  readonly lastAt?: number | undefined
  readonly lastTask?: string | undefined
}

export interface BookReading {
  readonly at: number
  readonly schedule?: KeptSchedule | undefined
  readonly malformed?: true | undefined
  /** Since a process that ticks last looked at the queue's schedules, ms; undefined: none did. */
  readonly tickerSeenAgoMs?: number | undefined
}

export type BookSet =
  | { readonly state: 'set'; readonly at: number; readonly revision: string }
  | { readonly state: 'stale' | 'due'; readonly at: number; readonly schedule?: KeptSchedule | undefined }

export interface BookPlace {
  readonly name: string
  readonly dueAt?: number | undefined
}

export interface BookPage {
  readonly at: number
  readonly schedules: readonly KeptSchedule[]
  /** Names. */
  readonly malformed: readonly string[]
  readonly next?: BookPlace | undefined
  /** As of a reading. */
  readonly tickerSeenAgoMs?: number | undefined
}

export interface DueInBook {
  readonly at: number
  readonly schedules: readonly KeptSchedule[]
  readonly malformed: readonly string[]
  /** When the earliest of the others is due. */
  readonly nextDueAt?: number | undefined
}

export interface TickInBook {
  readonly schedule: KeptSchedule
  /** Out of turn: one task, and what is due stays. */
  readonly isExtra?: boolean | undefined
  /**
   * For which instants there is a task each, in order; none: the tick is passed over. Where they are too many for one
   * step, the first of them are done, and the next one is due.
   */
  readonly instants: readonly number[]
  /** The storage's time, where some instants are later: each of their tasks is delayed by as much. */
  readonly at?: number | undefined
  readonly nextDueAt?: number | undefined
  /** Each task is delayed by up to so much more, at random. */
  readonly spreadMs?: number | undefined
}

/** `tasks`: ids. */
export type TickOutcome = { readonly state: 'done'; readonly tasks: readonly string[] } | { readonly state: 'stale' }

/** The header of a task that names its schedule. */
export const SCHEDULE_HEADER = 'mq-schedule'
/** The header of a task that says for which instant it is: `2027-03-28T01:00:00.000Z`. */
export const TICK_HEADER = 'mq-tick'
