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
