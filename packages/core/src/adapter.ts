// The complete interface for authors of adapters; they import nothing else of core. See docs/writing-an-adapter.md.
export type * from './ports/port-types.ts'
export { DEFAULT_KEEP } from './ports/keep.ts'
export {
  checkBatch,
  checkCommand,
  checkEndedLanes,
  checkExtend,
  checkGroupCommand,
  checkGroupTurn,
  checkList,
  checkMessages,
  checkPage,
  checkRead,
  checkTurn,
  refuseCursor,
} from './ports/check-arguments.ts'
export { oldestWait } from './wire/oldest-wait.ts'
export type { LineHead } from './wire/oldest-wait.ts'
export { workerOf } from './ports/worker-of.ts'
export { endedTask } from './ports/ended-task.ts'
export { outcomeBody, parseGraveFacts, parseOutcome, parseOutcomeBody } from './ports/outcome-text.ts'
export type { TaskEnd } from './ports/outcome-text.ts'
export { areSameLimits } from './ports/same-limits.ts'
export { checkHold, checkKeysQuery, checkLimits, checkLimitsChange } from './ports/check-limits.ts'
export { boundedFull, freeAt, fullAfter, gatherMs, MAX_GATHER_MS } from './ports/rate.ts'
export { NEW_TOKEN, PARENT_FAILED } from './ports/flows.ts'
export {
  checkChildren,
  checkChores,
  checkDone,
  checkEdges,
  checkFamilyQuery,
  checkNews as checkFlowNews,
} from './ports/check-flows.ts'
export { checkNotes } from './ports/check-notes.ts'
export { checkNamesQuery, checkNews, checkOrder } from './ports/check-registry.ts'
export { refuse } from './ports/check-values.ts'
export { INBOX_LEVEL, KEPT_OF_ENTRY, partitionName, tooLargeText } from './ports/plain.ts'
export { RETIRED_KEPT_MS } from './ports/queue-admin.ts'
export {
  areSameLayouts,
  firstLayout,
  isFirst,
  isNumberOf,
  layoutText,
  MAX_PLACES,
  parseLayout,
} from './ports/layout.ts'
export { MARK_KEPT_MS, partitionsDiffer, WIDTH_KEPT_MS } from './ports/widths.ts'
export { checkHistory, checkSample } from './ports/check-history.ts'
export {
  checkDueLimit,
  checkNewSchedule,
  checkScheduleName,
  checkSchedulesQuery,
  checkTicks,
} from './ports/check-schedules.ts'
export {
  BUCKETS,
  BYTES,
  countsOf,
  decodeRecord,
  encodeRecord,
  HOUR_MS,
  KEPT_HOURS,
  KEPT_TICKS,
  MOST_AHEAD_MS,
  recentWork,
  RECORD_LENGTH,
  TENS,
  TICK_MS,
  WINDOW_MS,
} from './ports/history-record.ts'
export {
  CHORE_MS,
  ENDED_LANE_KEPT_MS,
  ID_KEPT_MS,
  KEYS_IN_STATS,
  LANE_KEPT_MS,
  MAX_BATCH,
  MAX_BATCH_BYTES,
  MAX_COUNTED,
  MAX_DELAY_MS,
  MAX_DEPTH,
  MAX_ERROR,
  MAX_GRANT_BYTES,
  MAX_GRANT_MS,
  MAX_KEPT_ERRORS,
  MAX_AHEAD,
  MAX_BLOCKED,
  MAX_KEY,
  MAX_LEASE_MS,
  MAX_LEVEL,
  MAX_LIMIT,
  MAX_LISTED_WORKERS,
  MAX_LOG_BYTES,
  MAX_LOG_LINES,
  MAX_PARENTS,
  MAX_PAYLOAD_BYTES,
  MAX_RATE_MS,
  MAX_REASON,
  MAX_WEIGHT,
  MAX_SCHEDULE_NAME,
  WORKER_KEPT_MS,
} from './ports/limits.ts'

export { patternMatcher } from './define/define-pattern.ts'
export { MqError, toError } from './errors.ts'
export type { MqErrorCode } from './errors.ts'
export type { Clock, Timer } from './clock.ts'
export type { LogFields, Logger } from './logger.ts'
