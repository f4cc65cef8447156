export { createScheduler } from './create-scheduler.ts'
export type {
  QueueRef,
  ScheduleEntry,
  ScheduleOptions,
  Scheduler,
  SchedulerOptions,
  SchedulesListed,
  SchedulesPageOptions,
  Upserted,
} from './scheduler.ts'
export type { Missed, RuleOptions } from './rule.ts'
