import type { MessageSource } from '../channel/channel.ts'
import type { EndedOutcome } from '../wire/ended-outcome.ts'

/**
 * How the tasks of a queue end: each end is a message, in the order in which they took effect, for subscribers (at most
 * once) and for groups (at least once each). A task that is run again after its death ends again. Messages have no
 * headers; their `channel` is the queue's name and `:outcomes`.
 */
export type Outcomes<Result = unknown> = MessageSource<TaskOutcome<Result>>

/** The end of one task. `id`: its own, or the storage's. */
export type TaskOutcome<Result = unknown> = EndedOutcome<Result> & { readonly id: string }
