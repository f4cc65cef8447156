// The types of the ports: for users exported by the package's index, for adapters by `@mq/core/adapter`.
export type { Adapter, Environment, Storage } from './adapter.ts'
export type { Subscription } from './subscription.ts'
export type { Capabilities } from './capabilities.ts'
export type { Keep, KeepLimits } from './keep.ts'
export type {
  ChannelDriver,
  ChannelDriverOptions,
  ChannelReader,
  Frame,
  FrameListener,
  PatternDriver,
  PatternListener,
} from './channel-driver.ts'
export type { HistoryLimits } from './history-limits.ts'
export type { ChannelPosition } from './channel-position.ts'
export type {
  AheadMessage,
  GroupCommand,
  GroupDriver,
  GroupOptions,
  GroupOrder,
  GroupStart,
  GroupStats,
  GroupTurn,
  GroupTurnReply,
  MessageKey,
} from './group-driver.ts'
export type {
  CommandReply,
  DeadCommand,
  DeadTask,
  ListQuery,
  QueueAdmin,
  QueueCommand,
  PartitionCounts,
  QueueStats,
  TaskPlace,
  ScheduleCounts,
  QueueTotals,
  Redrive,
  TaskChange,
  TaskFacts,
  TaskReading,
  TaskRef,
} from './queue-admin.ts'
export type {
  ChildRef,
  ChildrenPage,
  ChildrenQuery,
  Chore,
  DoneChore,
  Edge,
  FamilyMember,
  FamilyPage,
  FamilyQuery,
  FlowDriver,
  LinkReply,
  News,
  OnDead,
  ParentEnd,
  ParentRef,
  Standing,
  TaskFamily,
} from './flows.ts'
export type { ClaimedTask } from './claimed-task.ts'
export type { Hint } from './hint.ts'
export type { Note } from './note.ts'
export type { Generation, Layout } from './layout.ts'
export type { Mark, Marks, Widths } from './widths.ts'
export type { Inbox, Partition, PlainListener, PlainStorage, PlainTopic, QueueDriverOptions } from './plain.ts'
export type { FailedAttempt, StoredLog, TaskContent } from './task-content.ts'
export type {
  Dedupe,
  EndedLane,
  EnqueueBatch,
  LeaseState,
  NewTask,
  OutcomeLimits,
  QueueDriver,
  Receipt,
  Settlement,
  Turn,
  TurnReply,
} from './queue-driver.ts'
export type {
  HistoryPage,
  HistoryPoint,
  HistoryQuery,
  HistoryResolution,
  Percentiles,
  QueueHistory,
  RecentWork,
  SampleCount,
  WorkSample,
} from './history.ts'
export type { CountsAt, PeriodRecord } from './history-record.ts'
export type {
  KeptOrder,
  NamesQuery,
  NotedWorker,
  RegisteredKind,
  RegisteredName,
  Registry,
  RegistryNews,
  WorkingReport,
} from './registry.ts'
export type {
  DefinedLimits,
  HeldBack,
  Hold,
  KeyFacts,
  KeyLimits,
  KeyPage,
  KeysQuery,
  LimitsChange,
  LimitsNews,
  QueueLimits,
  QueueSharing,
  RateLimit,
  StoredLimits,
} from './queue-limits.ts'
export type {
  DueSchedules,
  NewSchedule,
  ScheduledTask,
  ScheduleDriver,
  ScheduleReading,
  ScheduleSet,
  SchedulesPage,
  SchedulesQuery,
  StoredSchedule,
  Tick,
  TickBatch,
  TickReceipt,
} from './schedules.ts'
export type { StoredOutcome } from './stored-outcome.ts'
export type { StorageFact, StorageFinding, StorageReport } from './storage-report.ts'
export type { EndedTask, ListedTask, PageQuery, PageState, PendingTask, TaskListing } from './task-listing.ts'
