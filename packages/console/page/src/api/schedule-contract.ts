export type Missed = 'skip' | 'one' | 'all'

export interface Schedule {
  readonly name: string
  readonly state: 'active' | 'overdue' | 'paused' | 'over' | 'invalid'
  readonly cron?: string
  readonly timeZone?: string
  readonly everyMs?: number
  readonly from?: number
  readonly until?: number
  readonly missed?: Missed
  readonly jitterMs?: number
  readonly payload?: unknown
  readonly options?: Readonly<Record<string, unknown>>
  readonly nextAt?: number
  readonly lastAt?: number
  readonly lastTask?: string
}

/** Whether somebody ticks the schedules of a queue. */
export interface Ticking {
  readonly at: number
  readonly ticked: boolean
  readonly tickerSeenAgoMs?: number
}

export interface SchedulePage extends Ticking {
  readonly schedules: readonly Schedule[]
  readonly next?: string
}

/** One of those of all queues: without what its tasks are. */
export interface ScheduleOfQueue extends Omit<Schedule, 'payload' | 'options'> {
  readonly queue: string
  readonly ticked: boolean
}

export interface AllSchedules {
  readonly schedules: readonly ScheduleOfQueue[]
  readonly unreadable?: readonly { readonly name: string; readonly code: string }[]
  readonly more: boolean
}

export interface ScheduleDetail extends Ticking {
  readonly schedule: Schedule
  readonly next: readonly number[]
  readonly why: { readonly because: string; readonly text: string }
}

/** What a schedule is to be; without `payload` it keeps the one it has. */
export interface ScheduleRule extends Omit<Schedule, 'name' | 'state' | 'options' | 'nextAt' | 'lastAt' | 'lastTask'> {}
