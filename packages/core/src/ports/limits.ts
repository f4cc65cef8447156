/** The most tasks, settlements, leases or messages in one call: a larger one would hold up everybody at the storage. */
export const MAX_BATCH = 1_000
/** The most bytes in one call, both ways. */
export const MAX_BATCH_BYTES = 4_194_304
/** The largest payload, result or message that no definition may exceed. */
export const MAX_PAYLOAD_BYTES = 1_048_576
/** The longest delay, and the longest wait: ten years. */
export const MAX_DELAY_MS = 315_360_000_000
/** The longest reason of a burial or a cancellation, in characters. */
export const MAX_REASON = 1_000
/** The longest text of an error that a retry bears, in characters. */
export const MAX_ERROR = 2_048
/** How many failed attempts of a task, the last ones, have their errors kept. */
export const MAX_KEPT_ERRORS = 5
/** The longest line of a log, as core writes it, in characters. */
export const MAX_LOG_LINE = 4_096
/** How many lines of a task's log are kept: the last ones. */
export const MAX_LOG_LINES = 100
/** How many bytes of them, each with 14 for its time. */
export const MAX_LOG_BYTES = 8_192
/** The largest header and payload together of a task that is sent with a hint of work, in bytes. */
export const MAX_GRANT_BYTES = 4_096
/**
 * How long a task that is sent with a hint is leased at the most, in ms, until its worker prolongs the lease or is
 * given it again.
 */
export const MAX_GRANT_MS = 10_000
/** The level that is claimed first; 0 is the last. */
export const MAX_LEVEL = 9
/** The longest lease that a storage has to know: a day. */
export const MAX_LEASE_MS = 86_400_000
/** The longest key of a task, in characters. */
export const MAX_KEY = 256
/** So many messages of an ordered group are ahead in one reply. */
export const MAX_AHEAD = 500
/** While so many messages of an ordered group stay behind others of their keys, no more are read ahead. */
export const MAX_BLOCKED = 10_000
/** The highest number of an order to a partition. */
export const MAX_ORDER = 999_999_999_999
/** The greatest weight of a task. */
export const MAX_WEIGHT = 1_000
/** The most that a limit of concurrency, or the count of a rate, may be. */
export const MAX_LIMIT = 1_000_000_000
/** The longest time of a rate, ms: a year. */
export const MAX_RATE_MS = 31_536_000_000
/** How far a task's place in its line is counted (`TaskFacts.ahead`). */
export const MAX_COUNTED = 1_000
/** Of as many keys that may be served, and as many that are held back, `stats()` looks at the oldest task. */
export const KEYS_IN_STATS = 32
/** A caller's own id names its task for at least this long after its end. */
export const ID_KEPT_MS = 60_000
/** The last reply of a lane is kept for this long after its last call: no call is repeated later than that. */
export const LANE_KEPT_MS = 3_600_000
/**
 * Calls of a lane that ended are refused for this long: only calls that a network or a proxy delayed can still arrive.
 */
export const ENDED_LANE_KEPT_MS = 600_000
/** A worker that was not noted for this long is not listed any more. */
export const WORKER_KEPT_MS = 60_000
/** The most workers that a registry keeps. */
export const MAX_LISTED_WORKERS = 10_000
/** The longest name of a schedule, in characters. */
export const MAX_SCHEDULE_NAME = 256
/** The most tasks that one may run after. */
export const MAX_PARENTS = 10_000
/** The most tasks that run one after another: how deep a tree may be. */
export const MAX_DEPTH = 1_000
/** How long whoever took a chore over has for it, ms: then another may. */
export const CHORE_MS = 5_000
