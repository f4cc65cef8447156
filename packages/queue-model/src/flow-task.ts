import type { OnDead, StoredOutcome } from '@mq/core'

/** A task as it was added, and how it ended. */
export interface FlowTask {
  readonly queue: string
  readonly n: string
  readonly onDead: OnDead
  readonly parents: readonly FlowTask[]
  /** Of each of its lives. */
  readonly ends: StoredOutcome['state'][]
  /** It was redriven, and has not ended since, or it has not ended at all. */
  lives: boolean
}

/** Undefined while it lives. */
export function endOf({ lives, ends }: FlowTask): StoredOutcome['state'] | undefined {
  return lives ? undefined : ends.at(-1)
}

const isBad = (end: StoredOutcome['state'] | undefined): boolean => end !== undefined && end !== 'completed'

/**
 * A death counts when it is reported, and that may be before or after the parent lives again: so each end of a parent
 * is one of which its child may have heard.
 */
export function mayRun({ parents, onDead }: FlowTask): boolean {
  return parents.every(({ ends }) => (onDead === 'run' ? ends.length > 0 : ends.includes('completed')))
}

export function maySink({ parents, onDead }: FlowTask): boolean {
  return onDead !== 'run' && parents.some(({ ends }) => ends.some(isBad))
}

/** When all that is left to be done was done. */
export function hasToSink({ parents, onDead }: FlowTask): boolean {
  return onDead !== 'run' && parents.some((parent) => isBad(endOf(parent)))
}

export function hasToRun(task: FlowTask): boolean {
  return task.parents.every((parent) => endOf(parent) !== undefined) && !hasToSink(task)
}

export function end(task: FlowTask, state: StoredOutcome['state']): void {
  task.ends.push(state)
  task.lives = false
}
