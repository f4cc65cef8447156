export { createBroker } from './create-broker.ts'
export type { Broker, BrokerOptions } from './broker.ts'
export type { HeadersFor } from './define/headers-for.ts'
export { defineQueue } from './define/define-queue.ts'
export type { KeepOptions, QueueKeepOptions } from './define/keep.ts'
export type { KeyLimitOptions, KeyLimitsPatch, LimitOptions, LimitsPatch, RateOptions } from './define/limits.ts'
export type { Capacity, QueueDefinition, QueueOptions, RetryIf } from './define/define-queue.ts'
export type { HandlerOf, PayloadOf, QueueOf, ResultOf } from './types-of.ts'
export type { Backoff, CustomBackoff } from './define/backoff.ts'
export { defineChannel } from './define/define-channel.ts'
export type { ChannelDefinition, ChannelOptions } from './define/define-channel.ts'
export type { InboxOptions, OutboxOptions, PlainFormat, RawOptions } from './define/plain.ts'
export type { History } from './define/history.ts'
export { definePattern, patternMatcher } from './define/define-pattern.ts'
export type { PatternDefinition, PatternOptions } from './define/define-pattern.ts'
export { unchecked } from './define/schema.ts'
export type { InputOf, OutputOf, StandardSchema } from './define/schema.ts'

export type { EnqueueAllOptions, EnqueueEntry, EnqueueOptions } from './define/enqueue-options.ts'
export type { PurgeOptions, Queue } from './queue/queue.ts'
export type { KeysOptions, LimitsInForce, LimitsSetOptions, LiveLimits } from './queue/queue-sharing.ts'
export type { DeadLetter } from './dead/dead-letter.ts'
export type {
  DeadLetters,
  DeadOptions,
  DeadPage,
  DeadReport,
  PacedOptions,
  RedriveOptions,
} from './dead/dead-letters.ts'
export type { DeadFilter } from './dead/dead-filter.ts'
export type { DeadSelection } from './dead/select-dead.ts'
export type { Because, Explanation } from './queue/explain.ts'
export type { HistoryOptions } from './queue/read-history.ts'
export type { TaskRecord } from './queue/task-record.ts'
export type { TaskError } from './queue/task-errors.ts'
export type { LogLine, TaskLogs } from './queue/task-logs.ts'
export type { TaskMoment } from './queue/timeline.ts'
export type { TaskEntry } from './queue/task-entry.ts'
export type { ListedState, TaskPage, TaskPages, TasksOptions } from './queue/task-pages.ts'
export { SCHEDULE_HEADER, TICK_HEADER } from './schedules/schedule-book.ts'
export type {
  BookEntry,
  BookPage,
  BookPlace,
  BookReading,
  BookSet,
  DueInBook,
  KeptSchedule,
  KeptTask,
  ScheduleBook,
  ScheduledTaskOptions,
  TickInBook,
  TickOutcome,
} from './schedules/schedule-book.ts'
export type { Outcomes, TaskOutcome } from './queue/outcomes.ts'
export type { Changed, Outcome, Task, TaskStatus, TreeCancelled, WaitOptions } from './queue/task.ts'
export type { EndedOutcome } from './wire/ended-outcome.ts'
export type { ErrorFacts } from './wire/error-facts.ts'
export { bury, isVerdict, limited, next, retry } from './handler/handler.ts'
export type { AfterTask } from './define/after-task.ts'
export type { TreeCounts } from './flows/cancel-tree.ts'
export type { FlowGraph, FlowTask, GraphOptions } from './flows/flow-graph.ts'
export type { ParentOutcome } from './handler/parent-outcome.ts'
export type {
  AbortReason,
  Context,
  ContextEnqueueOptions,
  EnqueueTarget,
  Handler,
  NextOptions,
  Verdict,
} from './handler/handler.ts'
export type { Batch, BatchAnswer, BatchAnswers, BatchHandler } from './handler/batch-handler.ts'
export type { Middleware } from './handler/middleware.ts'
export type {
  BatchOptions,
  CloseReport,
  ReadyOptions,
  StopRequest,
  Worker,
  WorkerOptions,
  WorkerStats,
} from './engine/worker.ts'
export type { NamesPage } from './registry/listing.ts'
export type { OrderReply, RemoteWorker, StopOptions } from './registry/remote-worker.ts'
export { WORKER_GONE_MS } from './registry/worker-entry.ts'
export type { WorkerEntry } from './registry/worker-entry.ts'
export type { BufferOptions } from './channel/buffer-policy.ts'
export type {
  Channel,
  ChannelSubscription,
  ConsumeBatchOptions,
  ConsumeOptions,
  Gap,
  Message,
  MessageBatchHandler,
  MessageHandler,
  MessageSource,
  MessagesOptions,
  MessageTaskHandler,
  PublishEntry,
  PublishOptions,
  SubscribeOptions,
  SubscriptionStats,
} from './channel/channel.ts'

export type { GroupBecause, GroupExplanation, GroupFacts } from './channel/explain-group.ts'
export type { ConsumerGroup, GroupDeadLetters } from './channel/group.ts'
export type { ChannelGap, Pattern, PatternSubscribeOptions } from './channel/pattern.ts'

export { MqError, toError } from './errors.ts'
export type { MqErrorCode } from './errors.ts'
export { systemClock } from './clock.ts'
export type { Clock, Timer } from './clock.ts'
export { consoleLogger, silentLogger } from './logger.ts'
export type { EnqueueEvent, RunEvent, RunOutcome } from './services/task-events.ts'
export type { LogFields, Logger } from './logger.ts'

// For adapters; `@mq/core/adapter` has it too, with everything else that they need.
export type * from './ports/port-types.ts'
export { DEFAULT_KEEP } from './ports/keep.ts'
