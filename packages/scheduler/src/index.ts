export { createScheduler } from './create-scheduler.ts'
export { TICKER_GONE_MS } from './explain-schedule.ts'
export type {
  QueueRef,
  ScheduleBecause,
  ScheduleEntry,
  ScheduleExplanation,
  ScheduleFacts,
  ScheduleOptions,
  Scheduler,
  SchedulerOptions,
  SchedulesListed,
  SchedulesPageOptions,
  Upserted,
} from './scheduler.ts'
export type { Missed, RuleOptions } from './rule.ts'
