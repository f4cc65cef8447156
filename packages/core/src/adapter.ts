// All that an adapter's author imports, and nothing else: docs/writing-an-adapter.md.
export type { Adapter, Environment, Storage } from './ports/adapter.ts'
export type { Subscription } from './ports/subscription.ts'
export type { Capabilities } from './ports/capabilities.ts'
export { DEFAULT_KEEP } from './ports/keep.ts'
export type { Keep, KeepLimits } from './ports/keep.ts'
export type {
  ChannelDriver,
  ChannelDriverOptions,
  Frame,
  FrameListener,
  PatternDriver,
  PatternListener,
} from './ports/channel-driver.ts'
export type { ChannelPosition } from './ports/channel-position.ts'
export type {
  GroupCommand,
  GroupDriver,
  GroupOptions,
  GroupStart,
  GroupStats,
  GroupTurnReply,
  HistoryLimits,
} from './ports/group-driver.ts'
export type {
  CommandReply,
  DeadCommand,
  DeadTask,
  ListQuery,
  QueueAdmin,
  QueueCommand,
  QueueStats,
  Redrive,
  TaskFacts,
  TaskReading,
  TaskRef,
} from './ports/queue-admin.ts'
export type {
  ClaimedTask,
  Dedupe,
  EndedLane,
  EnqueueBatch,
  Hint,
  LeaseState,
  NewTask,
  Note,
  QueueDriver,
  Receipt,
  Settlement,
  StoredOutcome,
  Turn,
  TurnReply,
} from './ports/queue-driver.ts'
export {
  checkBatch,
  checkCount,
  checkDeadCommand,
  checkDuration,
  checkEndedLanes,
  checkInteger,
  checkList,
  checkTurn,
  refuse,
} from './ports/check-arguments.ts'
export {
  ENDED_LANE_KEPT_MS,
  ID_KEPT_MS,
  LANE_KEPT_MS,
  MAX_BATCH,
  MAX_BATCH_BYTES,
  MAX_COUNTED,
  MAX_DELAY_MS,
  MAX_LEASE_MS,
  MAX_LEVEL,
  MAX_PAYLOAD_BYTES,
  MAX_REASON,
} from './ports/limits.ts'

export { patternMatcher } from './define/define-pattern.ts'
export { MqError, toError } from './errors.ts'
export type { MqErrorCode } from './errors.ts'
export type { Clock, Timer } from './clock.ts'
export type { LogFields, Logger } from './logger.ts'
