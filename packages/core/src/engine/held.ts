import type { ClaimedTask } from '../ports/claimed-task.ts'
import { decodeHeader } from '../wire/header.ts'
import type { TaskHeader } from '../wire/header.ts'
import type { Delivery, Execution } from './execution.ts'

/** A task whose lease this worker has: waiting in the buffer, running, or settled and not yet confirmed. */
export interface Held extends Delivery {
  /** By this process' clock: prolong the lease then. */
  extendAt: number
  /** By this process' clock: when it was put into the buffer. */
  bufferedAt: number
  /** While it runs. */
  execution: Execution | undefined
  /** It joins no batch. */
  apart: boolean
  /** The lease ended (lost or cancelled): nothing may be settled for it. */
  gone: boolean
}

/** A claimed task as its worker holds it. */
export function heldOf(task: ClaimedTask): Held {
  const { memo } = task
  let header: TaskHeader
  try {
    header = decodeHeader(task.header)
  } catch {
    // It is buried as malformed with the stored record, so the error need not be kept.
    task = { ...task, malformed: true }
    header = {}
  }
  return { task, header, memo, extendAt: 0, bufferedAt: 0, execution: undefined, apart: false, gone: false }
}
